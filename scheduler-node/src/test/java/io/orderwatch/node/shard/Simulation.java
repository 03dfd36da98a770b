package io.orderwatch.node.shard;

import io.orderwatch.dao.DatabaseAway;
import io.orderwatch.dao.DatabaseUnavailableException;
import io.orderwatch.dao.shard.GrantReason;
import io.orderwatch.dao.shard.NodeLease;
import io.orderwatch.dao.shard.ShardLease;
import io.orderwatch.dao.shard.ShardOwner;
import io.orderwatch.job.Tenure;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A cluster in one thread with a virtual clock: the real logic of plan, lease and ownership on a simulated ZooKeeper and
 * MySQL, with faults drawn from a seed. The same seed gives the same run.
 *
 * <p>Each call over the simulated network lets time pass, in which everything else goes on, so a node can be paused,
 * cut off or killed between any two of its calls. A call may also be carried out although its answer is lost, or long
 * after its caller gave up.
 */
final class Simulation {

    /** A protection that can be taken out, to see the checks turn red. */
    enum Guard {
        /** A take-over makes sure, in the grant's transaction, that the lease is over and stays over. */
        LEASE_IS_OVER,
        /** A denied incarnation cannot renew. */
        DENIAL,
        /** A request to join that arrives late does not take up its incarnation again, which may be denied by then. */
        JOINED_ONCE,
        /** The epoch has to be as expected when a shard is granted. */
        EPOCH_COMPARED,
        /** A transaction that works locks the shard's row and finds its epoch unchanged. */
        FENCE,
        /** A result is recorded only under the claim's token. */
        CLAIM_TOKEN,
        /** The node looks at its lease before it sends. */
        LOOK_BEFORE_SENDING,
        /** A plan is written only under a mandate that is not over. */
        MANDATE
    }

    static final class Violation extends AssertionError {
        private static final long serialVersionUID = 1;

        Violation(String message) {
            super(message);
        }
    }

    /** Unwinds what a process was doing when it was killed. */
    private static final class Killed extends Error {
        private static final long serialVersionUID = 1;
        static final Killed KILLED = new Killed();

        private Killed() {
            super("killed", null, false, false);
        }
    }

    private static final long MS = 1_000_000;
    private static final long ROW_LEASE = 2000 * MS;
    private static final long SEND_DEADLINE = 800 * MS;
    private static final long SESSION = 2000 * MS;
    private static final int DEEPEST = 40;
    private static final DatabaseUnavailableException AWAY = DatabaseAway.exception();
    private static final BoardException SILENT = new BoardException("simulated: ZooKeeper is away", null);

    private final SplittableRandom random;
    private final Set<Guard> guards;
    private final ShardSettings settings;
    private final int shards;
    private final boolean traced;
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final List<SimNode> processes = new ArrayList<>();
    private final SimZooKeeper zookeeper = new SimZooKeeper();
    private final SimMySql mysql;
    private final Map<ShardLease, String> workedBy = new HashMap<>();
    private final List<String> trace = new ArrayList<>();
    private long now;
    private long counter;
    private int depth;
    private boolean chaos = true;
    private int killings;
    private int grants;
    private int works;
    private int deliveries;

    private record Event(long at, long number, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(number, other.number);
        }
    }

    /** @param traced whether to write down what happens, which takes most of the time */
    Simulation(long seed, Set<Guard> guards, boolean traced) {
        this.traced = traced;
        this.random = new SplittableRandom(seed);
        this.guards = guards;
        this.shards = 2 + random.nextInt(5);
        this.mysql = new SimMySql(shards);
        this.settings = new ShardSettings(
                "sim",
                "sim",
                Duration.ofSeconds(2),
                Duration.ofSeconds(2),
                Duration.ofMillis(2500),
                Duration.ofSeconds(1),
                Duration.ofMillis(200),
                Duration.ofSeconds(3),
                shards);
    }

    /** What happened, for the reader of a failure. */
    List<String> trace() {
        return trace;
    }

    int grants() {
        return grants;
    }

    int works() {
        return works;
    }

    int deliveries() {
        return deliveries;
    }

    int killings() {
        return killings;
    }

    // ---- the run

    void run() {
        int nodes = 2 + random.nextInt(3);
        for (int i = 0; i < nodes; i++) {
            String id = "n" + i;
            at(random.nextInt(1500) * MS, () -> start(id));
        }
        at(100 * MS, zookeeper::expireSilentSessions);
        long chaosEnds = (4000 + random.nextInt(8000)) * MS;
        int faults = 1 + random.nextInt(6);
        for (int i = 0; i < faults; i++) {
            at(1500 * MS + random.nextLong(chaosEnds), this::fault);
        }
        advanceTo(chaosEnds + 1500 * MS);
        chaos = false;
        heal(nodes);
        settle();
    }

    /** All has to be well, and stay so without a move, before the longest chain of bounds and leases is over. */
    private void settle() {
        long patience = now + 17_000 * MS;
        long wellSince = now;
        long epochs = mysql.epochs();
        long delivered = deliveries;
        // a claim of a sender that was paused is waited out before anybody delivers what it had
        while (now - wellSince < 3000 * MS || deliveries == delivered) {
            advanceTo(now + 500 * MS);
            String amiss = amiss();
            if (amiss == null && mysql.epochs() != epochs) {
                amiss = "shards move although nothing happens";
            }
            if (amiss != null) {
                wellSince = now;
                epochs = mysql.epochs();
                delivered = deliveries;
            } else if (deliveries == delivered) {
                amiss = "nothing is delivered any more";
            }
            if (amiss != null && now > patience) {
                throw violation(amiss);
            }
        }
    }

    private void heal(int nodes) {
        say(() -> "healing");
        zookeeper.up = true;
        mysql.up = true;
        Set<String> alive = new HashSet<>();
        for (SimNode process : List.copyOf(processes)) {
            if (process.alive) {
                if (!alive.add(process.id)) {
                    process.kill();
                    continue;
                }
                process.pausedUntil = Math.min(process.pausedUntil, now);
                process.seesZooKeeper = true;
                process.seesMySql = true;
                process.memberLoop.stuckUntil = now;
                process.membership.want(Uptake.SHARE);
                process.wakeAll();
            }
        }
        for (int i = 0; i < nodes; i++) {
            if (!alive.contains("n" + i) && (alive.isEmpty() || random.nextBoolean())) {
                alive.add("n" + i);
                start("n" + i);
            }
        }
    }

    /** What keeps the cluster from being at its best; null when nothing does. */
    private @Nullable String amiss() {
        Set<Integer> owned = new TreeSet<>();
        int alive = processes.size();
        for (SimNode process : processes) {
            Set<Integer> mine = process.owned.shards();
            if (!process.lease.runs()) {
                return process + " has no lease";
            }
            if (mine.size() < shards / alive || mine.size() > (shards + alive - 1) / alive) {
                return process + " owns " + mine + " of " + shards + " over " + alive;
            }
            for (int shard : mine) {
                OptionalLong epoch = process.owned.epoch(shard);
                if (epoch.isEmpty()
                        || !process.id.equals(mysql.node[shard])
                        || mysql.epoch[shard] != epoch.getAsLong()) {
                    return process + " believes in shard " + shard + " at " + epoch + ", MySQL says "
                            + mysql.node[shard] + " at " + mysql.epoch[shard];
                }
            }
            owned.addAll(mine);
            if (process.membership.nodes().size() != alive) {
                return process + " sees " + process.membership.nodes();
            }
        }
        if (owned.size() != shards) {
            return "only " + owned + " of " + shards + " shards are owned";
        }
        return processes.stream().filter(p -> p.leader.leads()).count() == 1 ? null : "not one leader";
    }

    private void fault() {
        if (!chaos) {
            return;
        }
        List<SimNode> alive = processes.stream().filter(p -> p.alive).toList();
        if (alive.isEmpty()) {
            return;
        }
        SimNode victim = alive.get(random.nextInt(alive.size()));
        long duration = (200 + random.nextInt(5000)) * MS;
        switch (random.nextInt(14)) {
            case 0, 1 -> {
                String id = victim.id;
                victim.kill();
                at(duration, () -> {
                    if (processes.stream().noneMatch(p -> p.alive && p.id.equals(id))) {
                        start(id);
                    }
                });
            }
            case 2, 3, 4 -> victim.pause(duration);
            case 5 -> {
                say(() -> victim + " is cut from ZooKeeper for " + duration / MS);
                victim.seesZooKeeper = false;
                at(duration, () -> victim.seesZooKeeper = true);
            }
            case 6 -> {
                say(() -> victim + " is cut from MySQL for " + duration / MS);
                victim.seesMySql = false;
                at(duration, () -> victim.seesMySql = true);
            }
            case 7 -> {
                say(() -> "ZooKeeper is away for " + duration / MS);
                zookeeper.up = false;
                at(duration, () -> zookeeper.up = true);
            }
            case 8 -> {
                say(() -> "MySQL is away for " + duration / MS);
                mysql.up = false;
                at(duration, () -> mysql.up = true);
            }
            case 9 -> zookeeper.wipe();
            case 12 -> {
                say(() -> victim + " does not look at the plan for " + 2 * duration / MS);
                victim.memberLoop.stuckUntil = now + 2 * duration;
            }
            case 10 -> {
                say(() -> "session of " + victim + " is ended");
                zookeeper.expire(victim.session);
            }
            case 11 -> {
                say(() -> victim + " drains");
                victim.membership.want(Uptake.NONE);
                victim.wakeAll();
                at(duration, () -> {
                    // what is healed has its share, and nobody's patience is for a warm-up
                    victim.membership.want(chaos ? Uptake.WARM_UP : Uptake.SHARE);
                    victim.wakeAll();
                });
                at(2 * duration, () -> {
                    victim.membership.want(Uptake.SHARE);
                    victim.wakeAll();
                });
            }
            default -> {
                say(() -> "a second process of " + victim.id);
                start(victim.id);
            }
        }
    }

    private void start(String id) {
        SimNode process = new SimNode(id, id + "#" + counter++);
        say(() -> process + " starts");
        processes.add(process);
        process.start();
    }

    // ---- time

    private void at(long delay, Runnable action) {
        events.add(new Event(now + delay, counter++, action));
    }

    private void advanceTo(long until) {
        depth++;
        while (!events.isEmpty() && events.peek().at <= until) {
            Event event = events.poll();
            now = Math.max(now, event.at);
            event.action.run();
            checkThatNoShardHasTwoOwners();
        }
        now = Math.max(now, until);
        depth--;
    }

    private boolean chance(double probability) {
        return chaos && random.nextDouble() < probability;
    }

    private void say(Supplier<String> what) {
        if (traced) {
            trace.add(now / MS + " ms: " + what.get());
        }
    }

    private void check(boolean holds, String otherwise) {
        if (!holds) {
            throw violation(otherwise);
        }
    }

    private Violation violation(String what) {
        return new Violation("at " + now / MS + " ms: " + what);
    }

    private void checkThatNoShardHasTwoOwners() {
        SimNode[] owners = new SimNode[shards];
        for (SimNode process : processes) {
            if (!process.lease.runs()) {
                continue;
            }
            for (int shard : process.owned.shards()) {
                if (process.owned.epoch(shard).isPresent()) {
                    if (owners[shard] != null) {
                        throw violation("shard " + shard + " is owned by " + owners[shard] + " and " + process);
                    }
                    owners[shard] = process;
                }
            }
        }
    }

    // ---- the servers

    /** A statement or a transaction, as its server carries it out: at once, and whole. */
    private final class SimMySql {

        boolean up = true;
        final @Nullable String[] node;
        final long[] epoch;
        final long[] leaderEpoch;
        final Map<String, Row> leases = new TreeMap<>();
        final List<Set<Integer>> locks = new ArrayList<>();
        final Notification[] notifications;
        long leaderEpochs;

        private record Row(long incarnation, long until, boolean denied) {}

        SimMySql(int shards) {
            node = new String[shards];
            epoch = new long[shards];
            leaderEpoch = new long[shards];
            notifications = new Notification[shards];
            Arrays.setAll(notifications, i -> new Notification());
        }

        long epochs() {
            return Arrays.stream(epoch).sum();
        }

        boolean isLocked(int shard) {
            return guards.contains(Guard.FENCE) && locks.stream().anyMatch(held -> held.contains(shard));
        }

        boolean join(String id, long incarnation) {
            Row row = leases.get(id);
            boolean takenUp = row != null && row.incarnation == incarnation && guards.contains(Guard.JOINED_ONCE);
            if (row != null && (row.until > now || takenUp)) {
                return false;
            }
            leases.put(id, new Row(incarnation, now + settings.lease().toNanos(), false));
            return true;
        }

        boolean renew(String id, long incarnation) {
            Row row = leases.get(id);
            boolean denied = row != null && row.denied && guards.contains(Guard.DENIAL);
            if (row == null || row.incarnation != incarnation || denied) {
                return false;
            }
            leases.put(id, new Row(incarnation, now + settings.lease().toNanos(), row.denied));
            return true;
        }

        boolean leave(String id, long incarnation) {
            Row row = leases.get(id);
            if (row != null && row.incarnation == incarnation) {
                leases.put(id, new Row(incarnation, Math.min(now, row.until), row.denied));
            }
            return true;
        }

        boolean deny(Holder holder) {
            Row row = leases.get(holder.node());
            if (row != null && row.incarnation == holder.incarnation()) {
                leases.put(holder.node(), new Row(row.incarnation, row.until, true));
            }
            return true;
        }

        private boolean denyOver(Holder holder) {
            Row row = leases.get(holder.node());
            if (row == null || row.incarnation != holder.incarnation() || !guards.contains(Guard.LEASE_IS_OVER)) {
                return true;
            }
            if (row.until > now) {
                return false;
            }
            return deny(holder);
        }

        List<Grant> grant(List<Grant> asked, long byLeader) {
            List<Grant> granted = new ArrayList<>();
            for (Grant grant : asked) {
                int shard = grant.shard();
                boolean expected = epoch[shard] == grant.expectedEpoch() || !guards.contains(Guard.EPOCH_COMPARED);
                if ((grant.over() == null || denyOver(grant.over()))
                        && !isLocked(shard)
                        && expected
                        && leaderEpoch[shard] <= byLeader) {
                    checkThatNobodyIsAtWork(grant);
                    node[shard] = grant.to().node();
                    epoch[shard] = grant.expectedEpoch() + 1;
                    leaderEpoch[shard] = byLeader;
                    granted.add(grant);
                    grants++;
                }
            }
            say(() -> "leader " + byLeader + " granted " + granted);
            return granted;
        }

        private void checkThatNobodyIsAtWork(Grant grant) {
            ShardLease old = new ShardLease(grant.shard(), grant.expectedEpoch());
            for (SimNode process : processes) {
                if (process.alive && process.lease.runs(process.workingAs) && process.working.contains(old)) {
                    throw violation(grant + " although " + process + " is at work on it");
                }
            }
            check(
                    grant.reason() != GrantReason.FREE || node[grant.shard()] == null,
                    grant + " although it is " + node[grant.shard()]);
        }
    }

    private static final class Notification {
        @Nullable String sender;

        long token;
        long until;
        final List<Sending> sendings = new ArrayList<>();
    }

    /** A request that is on its way to the merchant. */
    private record Sending(SimNode by, long token, long rowLeaseUntil) {}

    private final class SimZooKeeper {

        boolean up = true;
        final Map<Long, Long> heardOf = new HashMap<>();
        final Map<String, Member> members = new TreeMap<>();
        final Map<String, Ack> acks = new TreeMap<>();
        final Map<String, Long> memberSessions = new HashMap<>();
        final Map<String, Long> ackSessions = new HashMap<>();
        final TreeMap<Long, SimNode> places = new TreeMap<>();
        final Map<Long, Long> placeSessions = new HashMap<>();
        Plan plan = Plan.NONE;
        Board.LeaderEpoch leaderEpoch = Board.LeaderEpoch.NONE;

        void expireSilentSessions() {
            if (up) {
                for (long session : List.copyOf(heardOf.keySet())) {
                    if (now - heardOf.get(session) > SESSION) {
                        expire(session);
                    }
                }
            }
            at(100 * MS, this::expireSilentSessions);
        }

        void expire(long session) {
            if (heardOf.remove(session) == null) {
                return;
            }
            members.keySet().removeIf(node -> memberSessions.get(node) == session);
            acks.keySet().removeIf(node -> ackSessions.get(node) == session);
            places.keySet().removeIf(place -> placeSessions.get(place) == session);
            membersChanged();
            placesChanged();
        }

        void wipe() {
            say(() -> "ZooKeeper loses its data");
            heardOf.clear();
            members.clear();
            acks.clear();
            places.clear();
            plan = Plan.NONE;
            leaderEpoch = Board.LeaderEpoch.NONE;
        }

        void membersChanged() {
            forConnected(process -> {
                process.membership.lookAtAll();
                process.wakeMember();
                process.wakeLeader();
            });
        }

        void placesChanged() {
            SimNode first = places.isEmpty() ? null : places.firstEntry().getValue();
            if (first != null) {
                at(random.nextInt(20) * MS, () -> {
                    if (!places.isEmpty() && places.firstEntry().getValue() == first && first.connected) {
                        first.elected = true;
                        first.wakeLeader();
                    }
                });
            }
        }

        void forConnected(java.util.function.Consumer<SimNode> told) {
            for (SimNode process : processes) {
                if (process.alive && process.connected) {
                    at(random.nextInt(4) * MS, () -> told.accept(process));
                }
            }
        }
    }

    // ---- a process

    private final class SimNode implements Board, Ledger, LeaseOffice, Candidacy {

        final String id;
        final String process;
        final LocalLease lease;
        final OwnedShards owned;
        final LeaseKeeper keeper;
        final Membership membership;
        final Leader leader;
        private final SimLoop leaseLoop;
        private final SimLoop memberLoop;
        private final SimLoop leaderLoop;
        private final SimLoop workLoop;
        boolean alive = true;
        boolean seesZooKeeper = true;
        boolean seesMySql = true;
        long pausedUntil;
        long session;
        boolean connected;
        boolean elected;
        private @Nullable Long place;
        private final List<Set<Integer>> locks = new ArrayList<>();
        final Set<ShardLease> working = new HashSet<>();
        long workingAs;

        SimNode(String id, String process) {
            this.id = id;
            this.process = process;
            this.lease = new LocalLease(() -> now);
            this.owned = new OwnedShards(id, lease, this::wakeMember);
            this.membership = new Membership(
                    new MemberInfo(id, "host", "", Instant.EPOCH),
                    process,
                    this,
                    () -> connected,
                    lease,
                    owned,
                    () -> "one",
                    () -> now);
            this.keeper = new LeaseKeeper(
                    id,
                    settings,
                    this,
                    lease,
                    owned,
                    () -> ++counter,
                    membership::usedByAnother,
                    this::wakeAll,
                    () -> now);
            this.leader = new Leader(
                    id,
                    settings,
                    this,
                    this,
                    this,
                    lease,
                    () -> connected,
                    () -> true,
                    keeper::databaseAnswersFor,
                    () -> {},
                    () -> now);
            this.leaseLoop = new SimLoop(this, keeper::step);
            this.memberLoop = new SimLoop(this, membership::step);
            this.leaderLoop = new SimLoop(this, leader::step);
            this.workLoop = new SimLoop(this, this::work);
        }

        void start() {
            keepSession();
            leaseLoop.wake();
            memberLoop.wake();
            leaderLoop.wake();
            workLoop.wake();
        }

        void wakeAll() {
            membership.lookAtAll();
            wakeMember();
            wakeLeader();
        }

        void wakeMember() {
            memberLoop.wake();
        }

        void wakeLeader() {
            leaderLoop.wake();
        }

        void kill() {
            say(() -> this + " is killed");
            killings++;
            alive = false;
            processes.remove(this);
            mysql.locks.removeAll(locks);
        }

        void pause(long duration) {
            say(() -> this + " is paused for " + duration / MS);
            pausedUntil = Math.max(pausedUntil, now + duration);
        }

        @Override
        public String toString() {
            return process;
        }

        // the client's side of the session

        private void keepSession() {
            if (!alive) {
                return;
            }
            if (now >= pausedUntil) {
                boolean answers = zookeeper.up && seesZooKeeper;
                if (answers && zookeeper.heardOf.containsKey(session)) {
                    zookeeper.heardOf.put(session, now);
                    connection(true);
                } else if (answers) {
                    // it learns that its session is over, and begins another
                    connection(false);
                    place = null;
                    session = ++counter;
                    zookeeper.heardOf.put(session, now);
                } else {
                    connection(false);
                }
            }
            at((100 + random.nextInt(400)) * MS, this::keepSession);
        }

        private void connection(boolean answers) {
            if (answers == connected) {
                return;
            }
            connected = answers;
            if (!answers) {
                elected = false;
                membership.forgetWhatWasSeen();
                withdraw();
            }
            wakeAll();
        }

        // calls over the network

        private void travel(BooleanSupplier answers, RuntimeException otherwise) {
            if (chance(0.002)) {
                pause((50 + random.nextInt(4000)) * MS);
            }
            if (depth < DEEPEST) {
                advanceTo(now + random.nextInt(3000) * 1000L);
                waitWhilePaused();
            }
            if (!alive) {
                throw Killed.KILLED;
            }
            if (!answers.getAsBoolean()) {
                if (depth < DEEPEST && random.nextBoolean()) {
                    advanceTo(now + random.nextInt(1000) * MS);
                }
                if (!alive) {
                    throw Killed.KILLED;
                }
                throw otherwise;
            }
        }

        /** A pause may be prolonged, and healed, while it lasts. */
        private void waitWhilePaused() {
            while (alive && now < pausedUntil) {
                advanceTo(Math.min(pausedUntil, now + 20 * MS));
            }
        }

        private <T> T ask(BooleanSupplier answers, RuntimeException otherwise, Supplier<T> carryOut) {
            travel(answers, otherwise);
            T answer = carryOut.get();
            if (chance(0.004)) {
                throw otherwise;
            }
            travel(() -> true, otherwise);
            return answer;
        }

        private <T> T sql(Supplier<T> carryOut) {
            if (chance(0.004)) {
                // the caller gives up; the server gets it later all the same
                at(random.nextInt(3000) * MS, () -> {
                    if (mysql.up) {
                        carryOut.get();
                    }
                });
                throw AWAY;
            }
            return ask(() -> mysql.up && seesMySql, AWAY, carryOut);
        }

        private <T> T zk(Supplier<T> carryOut) {
            return ask(() -> zookeeper.up && seesZooKeeper && zookeeper.heardOf.containsKey(session), SILENT, carryOut);
        }

        // LeaseOffice

        @Override
        public Answer join(long incarnation) {
            long askedAt = now;
            return new Answer(sql(() -> mysql.renew(id, incarnation) || mysql.join(id, incarnation)), askedAt);
        }

        @Override
        public Answer renew(long incarnation) {
            long askedAt = now;
            return new Answer(sql(() -> mysql.renew(id, incarnation)), askedAt);
        }

        @Override
        public void leave(long incarnation) {
            sql(() -> mysql.leave(id, incarnation));
        }

        // Ledger

        @Override
        public long beginLeadership(long atLeast, int count) {
            return sql(() -> mysql.leaderEpochs = Math.max(mysql.leaderEpochs, atLeast) + 1);
        }

        @Override
        public Map<String, NodeLease> leases() {
            return sql(() -> {
                Map<String, NodeLease> leases = new HashMap<>();
                mysql.leases.forEach((node, row) -> leases.put(
                        node,
                        new NodeLease(
                                node,
                                row.incarnation(),
                                Instant.EPOCH,
                                row.denied(),
                                Duration.ofNanos(row.until() - now))));
                return leases;
            });
        }

        @Override
        public List<ShardOwner> owners() {
            return sql(() -> {
                List<ShardOwner> owners = new ArrayList<>();
                for (int shard = 0; shard < shards; shard++) {
                    owners.add(new ShardOwner(shard, mysql.node[shard], mysql.epoch[shard]));
                }
                return owners;
            });
        }

        @Override
        public void deny(Holder holder) {
            say(() -> this + " denies " + holder);
            sql(() -> mysql.deny(holder));
        }

        @Override
        public List<Grant> grant(List<Grant> grants, long leaderEpoch) {
            return sql(() -> mysql.grant(grants, leaderEpoch));
        }

        // Candidacy

        @Override
        public void stand() {
            if (place == null && zookeeper.up && seesZooKeeper && zookeeper.heardOf.containsKey(session)) {
                place = ++counter;
                zookeeper.places.put(place, this);
                zookeeper.placeSessions.put(place, session);
                zookeeper.placesChanged();
            }
        }

        @Override
        public void withdraw() {
            if (place != null) {
                zookeeper.places.remove(place);
                place = null;
                elected = false;
                zookeeper.placesChanged();
            }
        }

        @Override
        public boolean leads() {
            return elected;
        }

        // Board

        @Override
        public Map<String, Member> members() {
            return zk(() -> Map.copyOf(zookeeper.members));
        }

        @Override
        public Map<String, Ack> acks() {
            return zk(() -> Map.copyOf(zookeeper.acks));
        }

        @Override
        public Plan plan() {
            return zk(() -> zookeeper.plan);
        }

        @Override
        public LeaderEpoch leaderEpoch() {
            return zk(() -> zookeeper.leaderEpoch);
        }

        @Override
        public Optional<Mandate> takeLeadership(LeaderEpoch seen, long epoch) {
            return zk(() -> {
                if (place == null
                        || !zookeeper.places.containsKey(place)
                        || seen.version() != zookeeper.leaderEpoch.version()) {
                    return Optional.empty();
                }
                zookeeper.leaderEpoch = new LeaderEpoch(epoch, seen.version() + 1);
                say(() -> this + " leads as " + epoch);
                return Optional.of(new Mandate(epoch, seen.version() + 1));
            });
        }

        @Override
        public Optional<Place> firstPlace() {
            return zk(() -> zookeeper.places.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Place(
                            String.valueOf(zookeeper.places.firstKey()),
                            zookeeper.places.firstEntry().getValue().id)));
        }

        @Override
        public void strike(Place struck) {
            zk(() -> {
                say(() -> this + " strikes " + struck);
                zookeeper.places.remove(Long.valueOf(struck.id()));
                zookeeper.placesChanged();
                return true;
            });
        }

        @Override
        public boolean write(Plan plan, Mandate mandate) {
            return zk(() -> {
                if (guards.contains(Guard.MANDATE)
                        && (place == null
                                || !zookeeper.places.containsKey(place)
                                || mandate.version() != zookeeper.leaderEpoch.version())) {
                    return false;
                }
                check(
                        plan.stamp().compareTo(zookeeper.plan.stamp()) > 0,
                        "plan " + plan.stamp() + " replaces " + zookeeper.plan.stamp());
                zookeeper.plan = plan;
                say(() -> "plan " + plan.stamp() + " by " + this + ": " + plan.entries());
                zookeeper.forConnected(SimNode::wakeMember);
                return true;
            });
        }

        @Override
        public String base() {
            return "sim";
        }

        @Override
        public void prepare() {}

        @Override
        public String installation(String own) {
            return own;
        }

        @Override
        public Registration register(Member member) {
            return zk(() -> {
                Member shown = zookeeper.members.get(id);
                if (shown != null && !shown.process().equals(process)) {
                    return new Registration.Taken(shown);
                }
                boolean changed = !member.equals(zookeeper.members.put(id, member));
                zookeeper.memberSessions.put(id, session);
                if (changed) {
                    zookeeper.membersChanged();
                }
                return new Registration.Done();
            });
        }

        @Override
        public void acknowledge(Ack ack) {
            zk(() -> {
                zookeeper.acks.put(id, ack);
                zookeeper.ackSessions.put(id, session);
                zookeeper.forConnected(process -> {
                    if (process.elected) {
                        process.wakeLeader();
                    }
                });
                return true;
            });
        }

        @Override
        public void unregister(String node, String ofProcess) {
            zk(() -> {
                Member shown = zookeeper.members.get(id);
                if (shown != null && shown.process().equals(ofProcess)) {
                    zookeeper.members.remove(id);
                    zookeeper.acks.remove(id);
                    zookeeper.membersChanged();
                }
                return true;
            });
        }

        // work: a transaction on all shards, which claims, and then sends

        private Duration work() {
            List<Runnable> claimed = new ArrayList<>();
            try (Tenure tenure = owned.begin()) {
                List<ShardLease> leases = tenure.leases();
                if (!leases.isEmpty()) {
                    workingAs = owned.ack().holder().incarnation();
                    working.addAll(leases);
                    transaction(leases, claimed);
                }
            } catch (DatabaseUnavailableException e) {
                return Duration.ofMillis(200);
            } finally {
                working.clear();
            }
            claimed.forEach(send -> at(random.nextInt(100) * MS, send));
            return Duration.ofMillis(100 + random.nextInt(chaos ? 300 : 1000));
        }

        private void transaction(List<ShardLease> leases, List<Runnable> claimed) {
            travel(() -> mysql.up && seesMySql, AWAY);
            Set<Integer> locked = new HashSet<>();
            List<ShardLease> held = new ArrayList<>();
            for (ShardLease lease : leases) {
                boolean ours = id.equals(mysql.node[lease.shard()]) && mysql.epoch[lease.shard()] == lease.epoch();
                if (ours || !guards.contains(Guard.FENCE)) {
                    held.add(lease);
                    locked.add(lease.shard());
                }
            }
            mysql.locks.add(locked);
            locks.add(locked);
            try {
                advanceWhileWorking();
                for (ShardLease lease : held) {
                    commit(lease, claimed);
                }
            } finally {
                locks.removeIf(set -> set == locked);
                mysql.locks.removeIf(set -> set == locked);
            }
        }

        private void advanceWhileWorking() {
            if (chance(0.01)) {
                pause((50 + random.nextInt(4000)) * MS);
            }
            if (depth < DEEPEST) {
                advanceTo(now + random.nextInt(30) * MS);
                waitWhilePaused();
            }
            if (!alive) {
                throw Killed.KILLED;
            }
        }

        private void commit(ShardLease lease, List<Runnable> claimed) {
            works++;
            String worker = workedBy.putIfAbsent(lease, process);
            if (worker != null && !worker.equals(process)) {
                throw violation(lease + " was worked on by " + worker + " and " + process);
            }
            if (mysql.epoch[lease.shard()] != lease.epoch()) {
                throw violation(process + " worked on " + lease + ", its epoch was " + mysql.epoch[lease.shard()]);
            }
            Notification notification = mysql.notifications[lease.shard()];
            if (notification.sender == null || notification.until <= now) {
                long token = ++counter;
                notification.sender = process;
                notification.token = token;
                notification.until = now + ROW_LEASE;
                long claimedAt = now;
                claimed.add(() -> send(lease, token, claimedAt));
            }
        }

        private void send(ShardLease lease, long token, long claimedAt) {
            if (!alive) {
                return;
            }
            if (now < pausedUntil) {
                at(pausedUntil - now, () -> send(lease, token, claimedAt));
                return;
            }
            Notification notification = mysql.notifications[lease.shard()];
            OptionalLong epoch = owned.epoch(lease.shard());
            boolean mayStart = now - claimedAt + SEND_DEADLINE < ROW_LEASE
                    && epoch.isPresent()
                    && epoch.getAsLong() == lease.epoch();
            if (!mayStart && guards.contains(Guard.LOOK_BEFORE_SENDING)) {
                return;
            }
            for (Sending other : notification.sendings) {
                if (now < other.rowLeaseUntil) {
                    throw violation(process + " sends what " + other.by + " is still sending, token " + token);
                }
            }
            if (now >= claimedAt + ROW_LEASE) {
                throw violation(process + " began to send after its claim was over");
            }
            if (token != notification.token) {
                throw violation(process + " sends under a token that was replaced too early");
            }
            Sending sending = new Sending(this, token, claimedAt + ROW_LEASE);
            notification.sendings.add(sending);
            at(random.nextLong(SEND_DEADLINE), () -> answered(lease.shard(), sending));
        }

        private void answered(int shard, Sending sending) {
            if (alive && now < pausedUntil) {
                at(pausedUntil - now, () -> answered(shard, sending));
                return;
            }
            Notification notification = mysql.notifications[shard];
            notification.sendings.remove(sending);
            if (!alive || !mysql.up || !seesMySql) {
                return;
            }
            boolean current = notification.token == sending.token && notification.sender != null;
            if (current || !guards.contains(Guard.CLAIM_TOKEN)) {
                if (!current) {
                    throw violation(process + " recorded a result that belongs to " + notification.sender);
                }
                notification.sender = null;
                deliveries++;
            }
        }
    }

    /** What a thread with its loop is in the real world. */
    private final class SimLoop {

        private final SimNode node;
        private final Supplier<Duration> step;
        private boolean busy;
        private boolean woken;
        private long ticket;
        private long stuckUntil;

        SimLoop(SimNode node, Supplier<Duration> step) {
            this.node = node;
            this.step = step;
        }

        void wake() {
            woken = true;
            if (!busy) {
                schedule(random.nextInt(500) * 1000L);
            }
        }

        private void schedule(long delay) {
            long mine = ++ticket;
            at(delay, () -> {
                if (mine == ticket) {
                    run();
                }
            });
        }

        private void run() {
            if (!node.alive || busy) {
                return;
            }
            if (now < Math.max(node.pausedUntil, stuckUntil)) {
                schedule(Math.max(node.pausedUntil, stuckUntil) - now);
                return;
            }
            busy = true;
            woken = false;
            long pause = Duration.ofSeconds(1).toNanos();
            int before = depth;
            try {
                pause = step.get().toNanos();
            } catch (Killed e) {
                depth = before;
                return;
            } catch (BoardException | DatabaseUnavailableException e) {
                depth = before;
            } finally {
                busy = false;
            }
            schedule(woken ? 0 : Math.max(pause, MS / 10));
        }
    }
}

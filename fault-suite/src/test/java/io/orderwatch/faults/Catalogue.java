package io.orderwatch.faults;

import static io.orderwatch.faults.net.Network.Store.DATABASE;
import static io.orderwatch.faults.net.Network.Store.REDIS;
import static io.orderwatch.faults.net.Network.Store.ZOOKEEPER;

import io.orderwatch.faults.ServerFault.Afterwards;
import io.orderwatch.faults.ServerFault.How;
import io.orderwatch.faults.net.Direction;
import io.orderwatch.faults.net.Link;
import io.orderwatch.faults.net.Network.Store;
import io.orderwatch.stack.ServerProcess;
import io.orderwatch.stack.cluster.ClusterSettings;
import io.orderwatch.stack.generator.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;

/** Every fault by its name. Victims are drawn from the random numbers of the run, so that its seed brings them back. */
final class Catalogue {

    /** What a change has to pass: the most telling of each kind, which together take some minutes. */
    private static final Set<String> SHORT_FORM = Set.of(
            "kill-follower",
            "kill-leader",
            "freeze-leader",
            "gc-pause",
            "rolling-restart",
            "cut-from-database",
            "cut-from-redis",
            "cut-from-zookeeper",
            "database-killed-2s",
            "sessions-killed",
            "rows-locked",
            "redis-flushed",
            "zookeeper-quorum-killed",
            "clock-ahead-5s",
            "two-at-once");

    private static final List<String> LASTING = List.of(
            "cut-from-database",
            "cut-from-zookeeper",
            "cut-from-redis",
            "black-hole-to-database",
            "black-hole-to-zookeeper",
            "black-hole-to-redis",
            "deaf-to-database",
            "deaf-to-zookeeper",
            "slow-redis",
            "database-killed-2s",
            "redis-killed",
            "redis-frozen",
            "zookeeper-one-killed",
            "zookeeper-one-frozen");

    private static final List<String> MEANWHILE = List.of(
            "kill-follower",
            "kill-leader",
            "freeze-follower",
            "freeze-leader",
            "gc-pause",
            "sessions-killed",
            "redis-flushed",
            "cut-from-zookeeper",
            "cut-from-database",
            "zookeeper-one-killed");

    private static final Set<Direction> BOTH_WAYS = EnumSet.allOf(Direction.class);
    private static final Duration NONE = Duration.ZERO;
    private static final Afterwards NOTHING = () -> {};

    private final World world;
    private final List<Entry> entries = new ArrayList<>();

    /**
     * @param name by which it is asked for
     * @param keepsGoing whether it is measured how much of the work goes on while it lasts
     */
    record Entry(String name, boolean keepsGoing, Maker maker) {

        static Entry of(String name, Maker maker) {
            return new Entry(name, false, maker);
        }

        /** Whether it is one of the short form. */
        boolean quick() {
            return SHORT_FORM.contains(name);
        }
    }

    /** Draws victims and makes the fault. */
    @FunctionalInterface
    interface Maker {
        Fault make(Random random);
    }

    Catalogue(World world) {
        this.world = world;
        nodes();
        wires();
        database();
        redis();
        zookeeper();
        entries.addAll(new PlaceFaults(world).entries());
        entries.addAll(new MerchantFaults(world).entries());
        entries.addAll(new OperatorFaults(world).entries());
        entries.addAll(new StartWithout(world).entries());
        entries.addAll(new WrongSchema(world).entries());
        entries.addAll(new MachineFaults(world).entries());
        add("two-at-once", this::two);
    }

    List<Entry> entries() {
        return List.copyOf(entries);
    }

    private void nodes() {
        add("kill-follower", random -> kill("a follower", List.of(world.follower(random)), NONE));
        add("kill-leader", random -> kill("the leader", List.of(world.leader()), NONE));
        add("kill-two-of-three", random -> {
            String follower = world.follower(random);
            return kill("two at once", List.of(world.leader(), follower), NONE);
        });
        add("kill-who-takes-over", random -> {
            // while the one's shards are being waited out and granted to the other
            String first = world.leader();
            String second = world.follower(random);
            return kill("the one that takes over", List.of(first, second), Duration.ofMillis(random.nextInt(4_000)));
        });
        add("freeze-follower", random -> freeze(world.follower(random), 8, 1));
        add("freeze-leader", random -> freeze(world.leader(), 8, 1));
        add("gc-pause", random -> freeze(any(random), 1, 1));
        add("freeze-30s", random -> freeze(any(random), 30, 1));
        add("freeze-again-and-again", random -> freeze(any(random), 3 + random.nextInt(3), 3));
        add("restart-one", random -> restart(List.of(any(random))));
        add("rolling-restart", random -> restart(world.nodes().ids()));
    }

    private void wires() {
        for (Store store : Store.values()) {
            String name = store.name().toLowerCase(Locale.ROOT);
            boolean blurs = store == DATABASE;
            add("cut-from-" + name, random -> wire(any(random), store, "cut", Link::cut, 8, 1, blurs));
            add(
                    "black-hole-to-" + name,
                    random -> wire(any(random), store, "in a black hole", link -> link.hold(BOTH_WAYS), 8, 1, blurs));
            add("deaf-to-" + name, random -> {
                Direction direction = random.nextBoolean() ? Direction.TO_NODE : Direction.TO_SERVER;
                return wire(any(random), store, "held " + direction, link -> link.hold(Set.of(direction)), 8, 1, blurs);
            });
            add("flapping-" + name, random -> wire(any(random), store, "cut", Link::cut, 8, 5, blurs));
        }
        add(
                "slow-database",
                random -> wire(any(random), DATABASE, "slow", link -> link.slow(millis(300)), 15, 1, true));
        add(
                "slow-zookeeper",
                random -> wire(any(random), ZOOKEEPER, "slow", link -> link.slow(millis(3_000)), 15, 1, false));
        add("slow-redis", random -> wires(REDIS, "slow", link -> link.slow(millis(2_000)), 8, false));
        add(
                "narrow-database",
                random -> wire(any(random), DATABASE, "narrow", link -> link.narrow(40_000), 15, 1, true));
    }

    private void database() {
        for (int seconds : List.of(2, 10)) {
            add("database-killed-" + seconds + "s", random -> server(How.KILL, DATABASE, seconds, true));
        }
        add("database-killed-60s", random -> server(How.KILL, DATABASE, 60, true));
        add("database-frozen", random -> server(How.FREEZE, DATABASE, 6, true));
        add("database-frozen-40s", random -> server(How.FREEZE, DATABASE, 40, true));
        add(
                "sessions-killed",
                random ->
                        new Act("all sessions of all nodes are killed", Set.of("sessions"), true, this::killSessions));
        add("trigger-access-locked", random -> lockTriggers(12));
        add("trigger-access-locked-40s", random -> lockTriggers(40));
        add("rows-locked", random -> lockRows(8));
        add("rows-locked-40s", random -> lockRows(40));
    }

    private void redis() {
        add("redis-killed", random -> server(How.KILL, REDIS, 8, false));
        going("redis-killed-60s", random -> server(How.KILL, REDIS, 60, false));
        add("redis-frozen", random -> server(How.FREEZE, REDIS, 8, false));
        going("redis-frozen-40s", random -> server(How.FREEZE, REDIS, 40, false));
        add("redis-flushed", random -> new Act("Redis is flushed 20 times", Set.of("Redis"), false, this::flush));
    }

    private void zookeeper() {
        add("zookeeper-one-killed", random -> ensemble(How.KILL, pick(random, 1), 8));
        add("zookeeper-one-frozen", random -> ensemble(How.FREEZE, pick(random, 1), 8));
        add("zookeeper-quorum-killed", random -> ensemble(How.KILL, pick(random, 2), 10));
        going("zookeeper-quorum-killed-60s", random -> ensemble(How.KILL, pick(random, 2), 60));
        add("zookeeper-wiped", random -> wipe());
        add("session-expired", random -> {
            String victim = any(random);
            return new Act(
                    "the session of " + victim + " is ended",
                    Set.of(victim),
                    false,
                    () -> world.ensemble().expire(victim)
                            ? Optional.of("it was taken over and closed")
                            : Optional.empty());
        });
        add("zookeeper-all-frozen", random -> ensemble(How.FREEZE, pick(random, 3), 8));
    }

    /** What lasts, and what happens meanwhile. */
    private Fault two(Random random) {
        Fault first = drawn(LASTING, random);
        Fault second = drawn(MEANWHILE, random);
        while (!Collections.disjoint(first.harms(), second.harms())) {
            second = drawn(MEANWHILE, random);
        }
        return new Both(first, second, millis(random.nextInt(3_000)));
    }

    private Fault drawn(List<String> names, Random random) {
        String name = names.get(random.nextInt(names.size()));
        return entries.stream()
                .filter(entry -> entry.name().equals(name))
                .findFirst()
                .orElseThrow()
                .maker()
                .make(random);
    }

    private void add(String name, Maker maker) {
        entries.add(Entry.of(name, maker));
    }

    private void going(String name, Maker maker) {
        entries.add(new Entry(name, true, maker));
    }

    private String any(Random random) {
        List<String> ids = world.nodes().ids();
        return ids.get(random.nextInt(ids.size()));
    }

    private static Duration millis(int millis) {
        return Duration.ofMillis(millis);
    }

    private Fault kill(String who, List<String> victims, Duration between) {
        return new KillNodes(world, who, victims, between);
    }

    private Fault freeze(String victim, int seconds, int times) {
        return new FreezeNodes(world, victim, Duration.ofSeconds(seconds), times, Duration.ofSeconds(2));
    }

    private Fault wire(
            String node, Store store, String how, Consumer<Link> harm, int seconds, int times, boolean blurs) {
        return new LinkFault(
                node + " to " + store + " is " + how,
                world.network().links(node, store),
                harm,
                Duration.ofSeconds(seconds),
                times,
                blurs);
    }

    private Fault wires(Store store, String how, Consumer<Link> harm, int seconds, boolean blurs) {
        return new LinkFault(
                "everybody to " + store + " is " + how,
                world.network().links(store),
                harm,
                Duration.ofSeconds(seconds),
                1,
                blurs);
    }

    private Fault server(How how, Store store, int seconds, boolean blurs) {
        ServerProcess victim =
                store == DATABASE ? world.stack().database() : world.stack().redis();
        return new ServerFault(
                how,
                List.of(victim),
                world.network().links(store),
                Duration.ofSeconds(seconds),
                blurs,
                store == DATABASE ? () -> measureResumption(how, seconds) : NOTHING);
    }

    private void measureResumption(How how, int seconds) {
        List<Long> all = LongStream.range(0, ClusterSettings.SHARDS).boxed().toList();
        long back = System.currentTimeMillis();
        long first = world.markers().write(all);
        long end = world.markers().next();
        awaitSwept(first, end);
        world.figures()
                .add(
                        "database " + (how == How.KILL ? "killed" : "frozen") + " for " + seconds
                                + " s: all shards swept after it answers (ms)",
                        world.markers().lastSwept(first, end) - back);
    }

    private void awaitSwept(long first, long end) {
        Awaitility.await("all shards are swept")
                .atMost(World.PATIENCE)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> world.markers().unswept(first, end) == 0);
    }

    private void awaitTold(long first, long end) {
        Awaitility.await("their merchant has answered all")
                .atMost(World.PATIENCE)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> LongStream.range(first, end)
                        .noneMatch(
                                id -> world.heard(Event.PAID.notificationId(id)).acceptances() == 0));
    }

    private List<ServerProcess> pick(Random random, int count) {
        List<ServerProcess> all = new ArrayList<>(world.stack().zookeepers());
        while (all.size() > count) {
            all.remove(random.nextInt(all.size()));
        }
        return all;
    }

    private Fault ensemble(How how, List<ServerProcess> victims, int seconds) {
        Optional<Long> before = world.ensemble().leaderEpoch();
        return new ServerFault(
                how,
                victims,
                List.of(),
                Duration.ofSeconds(seconds),
                false,
                victims.size() == 1 ? NOTHING : () -> measureLeadership(before.orElseThrow()));
    }

    /** All servers lose all that they had. */
    private Fault wipe() {
        return new Act("ZooKeeper loses everything", Set.of("ZooKeeper"), false, () -> {
            List<ServerProcess> servers = world.stack().zookeepers();
            servers.forEach(ServerProcess::kill);
            servers.forEach(ServerProcess::forget);
            servers.forEach(ServerProcess::launchAgain);
            servers.forEach(ServerProcess::awaitAnswer);
            return Optional.of("it was started empty");
        });
    }

    private void measureLeadership(long epochBefore) {
        long quorum = System.nanoTime();
        Awaitility.await("a leader under a new epoch")
                .atMost(World.PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> world.ensemble()
                        .leaderEpoch()
                        .filter(epoch -> epoch > epochBefore)
                        .isPresent());
        world.figures()
                .add(
                        "ZooKeeper's quorum lost: a leader leads after it is back (ms)",
                        Duration.ofNanos(System.nanoTime() - quorum).toMillis());
    }

    private Optional<String> killSessions() {
        int killed = 0;
        for (String node : world.nodes().ids()) {
            for (long session : world.tables()
                    .numbers("SELECT ID FROM information_schema.PROCESSLIST WHERE USER = ?", World.account(node))) {
                try {
                    world.tables().execute("KILL " + session);
                    killed++;
                } catch (IllegalStateException gone) {
                    // it ended by itself meanwhile
                }
            }
        }
        return killed == 0 ? Optional.empty() : Optional.of(killed + " sessions were killed");
    }

    private Optional<String> flush() throws Exception {
        for (int time = 0; time < 20; time++) {
            world.stack().redis().say("FLUSHALL");
            World.pass(millis(150));
        }
        return Optional.of("it was flushed");
    }

    private Fault lockTriggers(int seconds) {
        return new Act("somebody keeps TRIGGER_ACCESS locked for " + seconds + " s", Set.of("triggers"), false, () -> {
            long waiting;
            try (SessionLock lock = new SessionLock(
                    world.tables(), "SELECT * FROM QRTZ_LOCKS WHERE LOCK_NAME = 'TRIGGER_ACCESS' FOR UPDATE")) {
                waiting = SessionLock.waiting(world.tables(), Duration.ofSeconds(seconds));
            }
            return waiting == 0 ? Optional.empty() : Optional.of(waiting + " sessions waited for it");
        });
    }

    /** Orders and a user of one shard; orders of all others are to be dealt with as ever. */
    private Fault lockRows(int seconds) {
        return new Act(
                "somebody keeps an order in each shard locked for " + seconds + " s", Set.of("rows"), false, () -> {
                    List<Long> all =
                            LongStream.range(0, ClusterSettings.SHARDS).boxed().toList();
                    long first = world.markers().write(all);
                    long end = world.markers().next();
                    long neighbours;
                    long locked;
                    try (SessionLock lock = new SessionLock(
                            world.tables(),
                            "SELECT id FROM orders WHERE id BETWEEN " + first + " AND " + (end - 1)
                                    + " AND seen_status IS NULL FOR UPDATE SKIP LOCKED")) {
                        locked = world.markers().unswept(first, end);
                        neighbours = world.markers().write(all);
                        World.pass(Duration.ofSeconds(seconds));
                        awaitSwept(neighbours, world.markers().next());
                    }
                    world.figures()
                            .add(
                                    "rows locked by somebody: longest wait of their neighbours (ms)",
                                    world.markers().longestWait(neighbours, neighbours + all.size()));
                    return locked == 0 ? Optional.empty() : Optional.of(locked + " orders were locked");
                });
    }

    private Fault restart(List<String> victims) {
        return new Act("restart of " + String.join(", then ", victims), Set.copyOf(victims), false, () -> {
            long first;
            long end;
            try (Pulse pulse = new Pulse(world.markers(), ClusterSettings.SHARDS)) {
                first = pulse.first();
                for (String victim : victims) {
                    long from = pulse.end();
                    world.nodes().stop(victim);
                    World.pass(millis(800));
                    long to = pulse.end();
                    awaitSwept(from, to);
                    world.figures()
                            .add(
                                    "planned handover: longest time that an order of any shard waits for a sweep (ms)",
                                    world.markers().longestWait(from, to));
                    world.nodes().start(victim);
                }
                end = pulse.end();
            }
            awaitSwept(first, end);
            awaitTold(first, end);
            Markers.Told slowest = world.markers().slowestToBeTold(first, end, world::heard);
            world.figures()
                    .add(
                            (victims.size() == 1 ? "restart of a node" : "rolling restart of all nodes")
                                    + ": longest time from an order to its merchant's answer (ms)",
                            slowest.millis());
            return Optional.of(victims.size() + " stopped and came back; slowest was "
                    + world.markers().life(slowest.order()));
        });
    }
}

package io.orderwatch.node.shard;

import io.orderwatch.dao.shard.GrantReason;
import io.orderwatch.dao.shard.NodeLease;
import io.orderwatch.dao.shard.ShardLease;
import io.orderwatch.dao.shard.ShardOwner;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a leader decides from what it sees: no I/O, no clock of its own, so that it can be driven by a simulation. One
 * instance per leadership, since it remembers since when something has been so.
 *
 * <p>The rules, for a shard and its holder (a node in one of its incarnations):
 *
 * <ol>
 *   <li>MySQL's row is the truth. Where the plan says something else, a crash or a lost ZooKeeper came between grant and
 *       plan; the node itself is waited for to say what it holds, and unless that is that very epoch, the shard is taken back
 *       from it.
 *   <li>A living holder that is to lose the shard is asked by the plan, and keeps it until it has acknowledged.
 *   <li>A holder that is dead, frozen or cut off from MySQL does not renew: its lease is waited out.
 *   <li>A holder that renews but does not answer, because it is cut off from ZooKeeper or hangs, works on for a bound;
 *       then its renewals are denied and its lease is waited out.
 *   <li>What has no holder any more is granted to the node that the planner names, in MySQL and then in the plan.
 * </ol>
 */
final class LeaderLogic {

    /** Most shards that are on their way from living holders at a time, so that none of them waits long. */
    static final int WAVE = 128;

    /** What the leader makes of a node. */
    private enum Standing {
        /** Works and answers. */
        LIVE,
        /** Works, answers, and wants to be rid of its shards. */
        DRAINING,
        /** Its lease ran out a moment ago although its session lives: perhaps MySQL was away. Gets nothing new. */
        LAPSED,
        /** Renews its lease, but has no session. Works on, gets nothing new, cannot be asked for anything. */
        MISSING,
        /** Its renewals are denied and its lease has not run out yet. */
        DENIED,
        /** Cannot be at work. */
        GONE
    }

    private final int shards;
    private final Duration lapseBound;
    private final Duration answerBound;
    private final Planner planner = new Planner();

    private final Map<Holder, Long> missingSince = new HashMap<>();
    private final Map<Holder, SinceWhen> silentSince = new HashMap<>();
    private final Map<Integer, SinceWhen> movingSince = new HashMap<>();

    private record SinceWhen(Stamp stamp, long nanos) {}

    /**
     * @param lapseBound how long a member may be without a lease until its shards are given away
     * @param answerBound how long a node that renews may be without a session, or leave a revocation unanswered
     */
    LeaderLogic(int shards, Duration lapseBound, Duration answerBound) {
        this.shards = shards;
        this.lapseBound = lapseBound;
        this.answerBound = answerBound;
    }

    /** @param leaderEpoch of this leadership, for the stamp of the next plan */
    Decision decide(Observation seen, long leaderEpoch) {
        return new Step(seen, leaderEpoch).decide();
    }

    /** One look and what follows from it. */
    private final class Step {

        private final Observation seen;
        private final Stamp nextStamp;
        private final long leaderEpoch;
        private final Map<String, Standing> standings = new TreeMap<>();
        private final List<Decision.Denial> denials = new ArrayList<>();
        private final List<Plan.@Nullable Entry> entries = new ArrayList<>();
        private final Map<Integer, Grant> grantable = new TreeMap<>();
        private long lookAgain = Duration.ofSeconds(2).toNanos();

        Step(Observation seen, long leaderEpoch) {
            this.seen = seen;
            this.leaderEpoch = leaderEpoch;
            this.nextStamp = seen.plan().stamp().next(leaderEpoch);
        }

        Decision decide() {
            judgeNodes();
            for (int shard = 0; shard < shards; shard++) {
                entries.add(judge(shard, owner(shard)));
            }
            forgetWhatMovesNoMore();
            List<Grant> grants = assign();
            Plan plan = new Plan(nextStamp, entries, live(), out());
            if (plan.saysTheSameAs(seen.plan()) && seen.plan().stamp().leaderEpoch() == leaderEpoch) {
                plan = seen.plan();
            }
            return new Decision(denials, grants, plan, live(), Duration.ofNanos(Math.max(lookAgain, 1_000_000)));
        }

        // ---- nodes

        private void judgeNodes() {
            Set<String> nodes = new TreeSet<>(seen.leases().keySet());
            nodes.addAll(seen.members().keySet());
            for (String node : nodes) {
                standings.put(node, judge(node));
            }
        }

        private Standing judge(String node) {
            NodeLease lease = seen.leases().get(node);
            if (lease == null) {
                return Standing.GONE;
            }
            Holder holder = new Holder(node, lease.incarnation());
            Member member = seen.members().get(node);
            boolean present = member != null && member.incarnation() == lease.incarnation();
            if (lease.over() || present) {
                missingSince.remove(holder);
            }
            if (lease.over()) {
                return present && !lease.denied() ? judgeLapsed(lease) : Standing.GONE;
            }
            if (lease.denied()) {
                lookAgainIn(lease.remaining());
                return Standing.DENIED;
            }
            if (!present) {
                lookAgainIn(lease.remaining());
                return judgeMissing(holder);
            }
            // a dead node's lease may be over before its session is
            lookAgainIn(lease.remaining());
            if (isDeaf(holder)) {
                return Standing.DENIED;
            }
            return member.uptake().any() ? Standing.LIVE : Standing.DRAINING;
        }

        private Standing judgeLapsed(NodeLease lease) {
            Duration left = lapseBound.minus(Observation.lapse(lease, seen.databaseAnswersFor()));
            if (left.isNegative() || left.isZero()) {
                return Standing.GONE;
            }
            lookAgainIn(left);
            return Standing.LAPSED;
        }

        private Standing judgeMissing(Holder holder) {
            long left = left(missingSince.computeIfAbsent(holder, h -> seen.nanos()), answerBound);
            if (left <= 0 && owns(holder.node())) {
                denials.add(new Decision.Denial(
                        holder,
                        "renews its lease but has had no ZooKeeper session for " + answerBound.toMillis() + " ms"));
                return Standing.DENIED;
            }
            if (left > 0) {
                lookAgainIn(Duration.ofNanos(left));
            }
            return Standing.MISSING;
        }

        /** A member that has not dealt with any plan for the bound, although there is one: it adopts nothing either. */
        private boolean isDeaf(Holder holder) {
            Ack ack = seen.acks().get(holder.node());
            Stamp answered = ack != null && ack.holder().equals(holder) ? ack.stamp() : Stamp.NONE;
            if (answered.atLeast(seen.plan().stamp())) {
                silentSince.remove(holder);
                return false;
            }
            SinceWhen since = silentSince.get(holder);
            if (since == null || !since.stamp.equals(answered)) {
                since = new SinceWhen(answered, seen.nanos());
                silentSince.put(holder, since);
            }
            long left = left(since.nanos, answerBound);
            if (left <= 0 && owns(holder.node())) {
                denials.add(
                        new Decision.Denial(holder, "has not answered any plan for " + answerBound.toMillis() + " ms"));
                return true;
            }
            if (left > 0) {
                lookAgainIn(Duration.ofNanos(left));
            }
            return false;
        }

        private boolean owns(String node) {
            return seen.owners().stream().anyMatch(owner -> node.equals(owner.node()));
        }

        private Standing standing(String node) {
            return standings.getOrDefault(node, Standing.GONE);
        }

        /** Of a holder in that very incarnation; an earlier one is gone, since nobody joins before it is. */
        private Standing standing(Holder holder) {
            NodeLease lease = seen.leases().get(holder.node());
            return lease != null && lease.incarnation() == holder.incarnation()
                    ? standing(holder.node())
                    : Standing.GONE;
        }

        // ---- shards

        private ShardOwner owner(int shard) {
            return seen.owners().get(shard);
        }

        /** The shard's line in the next plan as far as it is known before the planner was asked. */
        private Plan.@Nullable Entry judge(int shard, ShardOwner owner) {
            if (owner.node() == null) {
                offer(shard, owner, GrantReason.FREE, null);
                return null;
            }
            Plan.Entry entry = seen.plan().entry(shard);
            if (entry == null || !entry.holder().node().equals(owner.node()) || entry.epoch() != owner.epoch()) {
                if (isToSayYet(owner.node())) {
                    // it works on; only when it has said what it holds, or is over, can the plan say it
                    return null;
                }
                entry = reconcile(shard, owner);
            }
            Holder holder = entry.holder();
            Standing standing = standing(holder);
            if (standing == Standing.GONE) {
                offer(shard, owner, GrantReason.TAKEOVER, holder);
            } else if (letGo(shard, entry)) {
                offer(shard, owner, GrantReason.HANDOVER, null);
            } else if (entry.moving() != null && standing != Standing.DENIED && standing != Standing.MISSING) {
                waitForAnswer(shard, entry, entry.moving());
            }
            return entry;
        }

        /** A node shows itself before it acknowledges: one that was seen in between has not denied anything yet. */
        private boolean isToSayYet(String node) {
            return switch (standing(node)) {
                case MISSING -> true;
                case LIVE, DRAINING, LAPSED -> ackAsMember(node) == null;
                case DENIED, GONE -> false;
            };
        }

        /** What the member says of itself; null when it is none, or has said nothing in this incarnation. */
        private @Nullable Ack ackAsMember(String node) {
            Member member = seen.members().get(node);
            Ack ack = seen.acks().get(node);
            return member != null && ack != null && ack.holder().equals(member.holder()) ? ack : null;
        }

        private Plan.Entry reconcile(int shard, ShardOwner owner) {
            String node = owner.node();
            Ack ack = ackAsMember(node);
            if (ack != null && ack.holds().contains(new ShardLease(shard, owner.epoch()))) {
                return new Plan.Entry(ack.holder(), owner.epoch(), null);
            }
            // Which incarnation it was granted to is not known; if not to the present one, the lease is over anyway.
            NodeLease lease = seen.leases().get(node);
            long incarnation = lease == null ? LocalLease.NO_INCARNATION : lease.incarnation();
            return new Plan.Entry(new Holder(node, incarnation), owner.epoch(), new Plan.Moving(nextStamp, null));
        }

        /** Whether the holder has said, knowing what the plan says now, that it does not hold the shard. */
        private boolean letGo(int shard, Plan.Entry entry) {
            Ack ack = seen.acks().get(entry.holder().node());
            Stamp since = entry.moving() == null
                    ? seen.plan().stamp()
                    : entry.moving().since();
            return ack != null
                    && ack.holder().equals(entry.holder())
                    && ack.stamp().atLeast(since)
                    && !ack.holds().contains(new ShardLease(shard, entry.epoch()));
        }

        private void waitForAnswer(int shard, Plan.Entry entry, Plan.Moving moving) {
            SinceWhen since = movingSince.get(shard);
            if (since == null || !since.stamp.equals(moving.since())) {
                since = new SinceWhen(moving.since(), seen.nanos());
                movingSince.put(shard, since);
            }
            long left = left(since.nanos, answerBound);
            if (left > 0) {
                lookAgainIn(Duration.ofNanos(left));
                return;
            }
            Holder holder = entry.holder();
            if (denials.stream().noneMatch(denial -> denial.holder().equals(holder))) {
                denials.add(new Decision.Denial(
                        holder, "has not let go of shard " + shard + " within " + answerBound.toMillis() + " ms"));
            }
        }

        private void forgetWhatMovesNoMore() {
            movingSince.keySet().removeIf(shard -> {
                Plan.Entry entry = entries.get(shard);
                return entry == null || entry.moving() == null;
            });
        }

        private void offer(int shard, ShardOwner owner, GrantReason reason, @Nullable Holder over) {
            // the planner fills in who gets it
            grantable.put(shard, new Grant(shard, owner.epoch(), new Holder("", 0), reason, over));
        }

        // ---- who gets what

        private List<Grant> assign() {
            Map<Integer, String> desired = desired();
            List<Grant> grants = new ArrayList<>();
            long moving = entries.stream()
                    .filter(entry -> entry != null && entry.moving() != null)
                    .count();
            for (int shard = 0; shard < shards; shard++) {
                String next = desired.get(shard);
                Grant offer = grantable.get(shard);
                Plan.Entry entry = entries.get(shard);
                if (offer != null) {
                    if (next != null) {
                        grants.add(
                                new Grant(shard, offer.expectedEpoch(), present(next), offer.reason(), offer.over()));
                    }
                } else if (entry != null && entry.moving() != null) {
                    entries.set(shard, moving(entry, entry.moving().since(), next));
                } else if (entry != null && moving < WAVE && isToMove(entry, next)) {
                    entries.set(shard, moving(entry, nextStamp, next));
                    moving++;
                }
            }
            return grants;
        }

        private boolean isToMove(Plan.Entry entry, @Nullable String next) {
            Standing standing = standing(entry.holder());
            // a draining node lets go even where nobody is left to take the shard, so that the last one can end
            return standing == Standing.DRAINING
                    || (standing == Standing.LIVE
                            && next != null
                            && !entry.holder().node().equals(next));
        }

        private Plan.Entry moving(Plan.Entry entry, Stamp since, @Nullable String next) {
            return new Plan.Entry(entry.holder(), entry.epoch(), new Plan.Moving(since, next));
        }

        /** Nodes that cannot be asked keep what they have; the rest is spread over those that live. */
        private Map<Integer, String> desired() {
            Set<String> live = nodes(Standing.LIVE);
            List<Integer> spread = new ArrayList<>();
            List<@Nullable String> present = new ArrayList<>();
            for (int shard = 0; shard < shards; shard++) {
                if (!stays(shard)) {
                    spread.add(shard);
                    String node = promisedTo(shard);
                    present.add(node != null && live.contains(node) ? node : null);
                }
            }
            List<@Nullable String> assigned = planner.assign(present, live, warming(live));
            Map<Integer, String> desired = new HashMap<>();
            for (int i = 0; i < assigned.size(); i++) {
                String node = assigned.get(i);
                if (node != null) {
                    desired.put(spread.get(i), node);
                }
            }
            return desired;
        }

        private boolean stays(int shard) {
            if (grantable.containsKey(shard)) {
                return false;
            }
            Plan.Entry entry = entries.get(shard);
            if (entry == null) {
                return standing(owner(shard).node()) != Standing.LIVE;
            }
            Standing standing = standing(entry.holder());
            return entry.moving() == null && (standing == Standing.MISSING || standing == Standing.LAPSED);
        }

        /** Who has the shard, or is to have it once it was let go of; the planner starts from that. */
        private @Nullable String promisedTo(int shard) {
            Plan.Entry entry = entries.get(shard);
            if (entry != null && entry.moving() != null) {
                return entry.moving().next();
            }
            return grantable.containsKey(shard) ? null : owner(shard).node();
        }

        private Holder present(String node) {
            return seen.members().get(node).holder();
        }

        private Set<String> nodes(Standing... of) {
            Set<Standing> wanted = Set.of(of);
            Set<String> nodes = new TreeSet<>();
            standings.forEach((node, standing) -> {
                if (wanted.contains(standing)) {
                    nodes.add(node);
                }
            });
            return nodes;
        }

        private Set<String> warming(Set<String> live) {
            return live.stream()
                    .filter(node -> seen.members().get(node).uptake() == Uptake.WARM_UP)
                    .collect(Collectors.toSet());
        }

        private Set<String> live() {
            return nodes(Standing.LIVE, Standing.DRAINING, Standing.LAPSED, Standing.MISSING, Standing.DENIED);
        }

        private Set<Holder> out() {
            Set<Holder> out = new HashSet<>();
            seen.members().forEach((node, member) -> {
                if (standing(member.holder()) == Standing.GONE) {
                    out.add(member.holder());
                }
            });
            return out;
        }

        // ---- time

        private long left(long since, Duration bound) {
            return bound.toNanos() - (seen.nanos() - since);
        }

        private void lookAgainIn(Duration duration) {
            lookAgain = Math.min(lookAgain, Math.max(0, duration.toNanos()));
        }
    }
}

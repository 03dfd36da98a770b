package io.orderwatch.node.shard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.dao.shard.GrantReason;
import io.orderwatch.dao.shard.NodeLease;
import io.orderwatch.dao.shard.ShardLease;
import io.orderwatch.dao.shard.ShardOwner;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LeaderLogicTest {

    private static final Duration LAPSE = Duration.ofSeconds(2);
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final long LEADER = 5;

    private final Map<String, Member> members = new TreeMap<>();
    private final Map<String, Ack> acks = new HashMap<>();
    private final Map<String, NodeLease> leases = new HashMap<>();
    private final List<ShardOwner> owners = new ArrayList<>();
    private Plan plan = Plan.NONE;
    private long nanos;
    private Duration databaseAnswersFor = Duration.ofHours(1);
    private LeaderLogic logic;

    LeaderLogicTest() {
        shards(4);
    }

    @Test
    void free_shards_are_granted_in_balance() {
        join("a", 1);
        join("b", 2);
        Decision decision = settle();
        assertEquals(Map.of("a", 2L, "b", 2L), owned());
        assertEquals(List.of(), decision.grants());
        assertEquals(plan, decision.plan(), "settled: nothing to write");
        assertEquals(Set.of("a", "b"), decision.live());
    }

    @Test
    void living_owner_keeps_a_shard_until_it_acknowledges_the_plan_that_revokes_it() {
        join("a", 1);
        settle();
        join("b", 2);
        Decision revocation = decide();
        assertEquals(List.of(), revocation.grants());
        carryOut(revocation);
        assertEquals(2, moving());

        acks.put("a", new Ack(new Holder("a", 1), stampBefore(plan), Set.of()));
        assertEquals(List.of(), decide().grants(), "an answer to an older plan says nothing about this one");
        acks.put("a", new Ack(new Holder("a", 9), plan.stamp(), Set.of()));
        assertEquals(List.of(), decide().grants(), "nor does the answer of another incarnation");
        ackAll();
        Decision handover = decide();
        assertEquals(2, handover.grants().size());
        assertTrue(handover.grants().stream().allMatch(grant -> grant.reason() == GrantReason.HANDOVER));
        assertTrue(handover.grants().stream().allMatch(grant -> grant.over() == null));
    }

    @Test
    void shards_of_a_dead_node_wait_for_its_lease_and_then_go_to_the_living() {
        join("a", 1);
        join("b", 2);
        settle();
        members.remove("a");
        acks.remove("a");
        lease("a", 1, Duration.ofMillis(700));
        Decision waiting = decide();
        assertEquals(List.of(), waiting.grants());
        assertEquals(List.of(), waiting.deny(), "one that does not renew need not be denied");
        assertEquals(Duration.ofMillis(700), waiting.lookAgain(), "looks again when the lease is over");
        assertEquals(Set.of("a", "b"), waiting.live(), "not gone yet");

        lease("a", 1, Duration.ZERO);
        Decision takeOver = decide();
        assertEquals(2, takeOver.grants().size());
        for (Grant grant : takeOver.grants()) {
            assertEquals(GrantReason.TAKEOVER, grant.reason());
            assertEquals(new Holder("a", 1), grant.over());
            assertEquals(new Holder("b", 2), grant.to());
        }
        assertEquals(Set.of("b"), takeOver.live());
    }

    @Test
    void node_that_renews_without_a_session_works_on_for_a_bound_and_is_then_denied() {
        join("a", 1);
        join("b", 2);
        settle();
        Member shown = members.remove("a");
        acks.remove("a");
        assertEquals(List.of(), decide().grants());
        nanos += ANSWER.toNanos() - 1;
        lease("a", 1, Duration.ofSeconds(2));
        Decision still = decide();
        assertEquals(List.of(), still.deny());
        assertEquals(List.of(), still.grants());

        nanos++;
        List<Decision.Denial> denials = decide().deny();
        assertEquals(
                List.of(new Holder("a", 1)),
                denials.stream().map(Decision.Denial::holder).toList());

        members.put("a", shown);
        ackAll();
        assertEquals(List.of(), decide().deny(), "back in time: the bound begins anew");
        assertEquals(2L, owned().get("a"));
    }

    @Test
    void member_without_a_lease_keeps_its_shards_for_a_moment_only() {
        join("a", 1);
        join("b", 2);
        settle();
        lease("a", 1, Duration.ofMillis(-1999));
        Decision waiting = decide();
        assertEquals(List.of(), waiting.grants());
        assertEquals(Duration.ofMillis(1), waiting.lookAgain());
        lease("a", 1, Duration.ofSeconds(-60));
        databaseAnswersFor = LAPSE.minusNanos(1);
        assertEquals(List.of(), decide().grants(), "MySQL was away: all leases ran out, which says nothing about a");
        databaseAnswersFor = LAPSE;
        Decision takeOver = decide();
        assertEquals(2, takeOver.grants().size());
        assertEquals(
                Set.of(new Holder("a", 1)), takeOver.plan().out(), "a member all the same, which others must know");
    }

    @Test
    void restarted_node_gets_its_shards_under_a_new_epoch_only() {
        join("a", 1);
        settle();
        leases.clear();
        join("a", 2);
        Decision decision = decide();
        assertEquals(4, decision.grants().size());
        assertTrue(decision.grants().stream().allMatch(grant -> grant.expectedEpoch() == 1));
        assertTrue(decision.grants().stream().allMatch(grant -> grant.over().equals(new Holder("a", 1))));
    }

    @Test
    void grant_that_never_reached_the_plan_is_taken_back_and_given_anew() {
        join("a", 1);
        join("b", 2);
        settle();
        // the leader crashed between MySQL and ZooKeeper
        int shard = plan.entry(0).holder().node().equals("a") ? 0 : 1;
        owners.set(shard, new ShardOwner(shard, "b", 2));
        acks.put(
                "a",
                new Ack(
                        new Holder("a", 1),
                        plan.stamp(),
                        ackOf("a").holds().stream()
                                .filter(held -> held.shard() != shard)
                                .collect(Collectors.toSet())));
        newLeader();
        Decision mended = decide();
        Plan.Entry entry = mended.plan().entry(shard);
        assertEquals(new Holder("b", 2), entry.holder());
        assertTrue(entry.moving() != null, "b never heard of it, and must not start under an epoch of unknown origin");
        carryOut(mended);
        ackAll();
        Decision again = decide();
        assertEquals(1, again.grants().size());
        assertEquals(2, again.grants().get(0).expectedEpoch());
    }

    @Test
    void zookeeper_that_lost_its_data_learns_from_the_nodes_what_they_hold() {
        join("a", 1);
        join("b", 2);
        settle();
        Plan lost = plan;
        plan = Plan.NONE;
        Member shown = members.remove("b");
        Ack ackOfB = acks.remove("b");
        newLeader();
        Decision first = decide();
        assertEquals(List.of(), first.grants());
        for (int shard = 0; shard < 4; shard++) {
            Plan.Entry was = lost.entry(shard);
            Plan.Entry is = first.plan().entry(shard);
            if (was.holder().node().equals("a")) {
                assertEquals(was, is);
            } else {
                assertNull(is, "b works on, and is asked when it is back");
            }
        }
        carryOut(first);
        members.put("b", shown);
        Decision shownOnly = decide();
        assertEquals(first.plan().entries(), shownOnly.plan().entries(), "b is back, and has said nothing yet");
        want("b", Uptake.NONE);
        assertEquals(first.plan().entries(), decide().plan().entries(), "and is about to hand over");
        want("b", Uptake.SHARE);
        lease("b", 2, Duration.ofMillis(-100));
        assertEquals(first.plan().entries(), decide().plan().entries(), "or without a lease for a moment");
        lease("b", 2, Duration.ofSeconds(2));
        acks.put("b", new Ack(new Holder("b", 1), Stamp.NONE, Set.of()));
        assertEquals(first.plan().entries(), decide().plan().entries(), "that was said in an earlier incarnation");
        acks.put("b", ackOfB);
        Decision second = decide();
        assertEquals(List.of(), second.grants());
        assertEquals(lost.entries(), second.plan().entries());
    }

    @Test
    void owner_that_is_back_and_says_nothing_does_not_keep_its_shards_for_ever() {
        join("a", 1);
        join("b", 2);
        settle();
        ackAll();
        plan = Plan.NONE;
        acks.remove("b");
        newLeader();
        carryOut(decide());
        acks.put("a", ackOf("a"));
        assertEquals(List.of(), decide().deny());
        nanos += ANSWER.toNanos();
        assertEquals(
                List.of(new Holder("b", 2)),
                decide().deny().stream().map(Decision.Denial::holder).toList());
        leases.put("b", new NodeLease("b", 2, Instant.EPOCH, true, Duration.ZERO));
        assertEquals(2, decide().grants().size());
    }

    @Test
    void node_that_has_just_been_started_gets_nothing() {
        join("a", 1);
        settle();
        join("b", 2);
        want("b", Uptake.NOT_YET);
        settle();
        assertEquals(Map.of("a", 4L), owned());
        want("b", Uptake.SHARE);
        settle();
        assertEquals(Map.of("a", 2L, "b", 2L), owned());
    }

    @Test
    void draining_node_is_relieved_of_everything_and_gets_nothing() {
        join("a", 1);
        join("b", 2);
        settle();
        want("a", Uptake.NONE);
        settle();
        assertEquals(Map.of("b", 4L), owned());
        want("b", Uptake.NONE);
        Decision last = decide();
        assertEquals(List.of(), last.grants());
        assertEquals(
                4,
                last.plan().entries().stream()
                        .filter(entry ->
                                entry.moving() != null && entry.moving().next() == null)
                        .count(),
                "the last one may go, too");
    }

    @Test
    void living_owner_that_does_not_answer_is_denied_and_waited_out() {
        join("a", 1);
        settle();
        join("b", 2);
        carryOut(decide());
        assertEquals(List.of(), decide().deny());
        nanos += ANSWER.toNanos();
        Decision denial = decide();
        assertEquals(1, denial.deny().size(), "once, however many shards it sits on");
        leases.put("a", new NodeLease("a", 1, Instant.EPOCH, true, Duration.ofMillis(900)));
        Decision waiting = decide();
        assertEquals(List.of(), waiting.grants());
        assertEquals(Duration.ofMillis(900), waiting.lookAgain());
        leases.put("a", new NodeLease("a", 1, Instant.EPOCH, true, Duration.ZERO));
        assertEquals(4, decide().grants().size());
    }

    @Test
    void member_that_deals_with_no_plan_is_denied_although_it_renews() {
        join("a", 1);
        join("b", 2);
        carryOut(decide());
        acks.put("a", ackOf("a"));
        assertEquals(List.of(), decide().deny());
        nanos += ANSWER.toNanos() - 1;
        acks.put("a", new Ack(new Holder("a", 1), stampBefore(plan), ackOf("a").holds()));
        assertEquals(List.of(), decide().deny());
        nanos++;
        assertEquals(
                List.of(new Holder("b", 2)),
                decide().deny().stream().map(Decision.Denial::holder).toList(),
                "b adopted nothing of what it was granted; a answered something meanwhile");
    }

    @Test
    void node_cut_off_from_zookeeper_does_not_keep_shards_from_the_others() {
        join("a", 1);
        settle();
        lease("b", 2, Duration.ofSeconds(2));
        Decision decision = decide();
        assertEquals(List.of(), decision.grants());
        assertEquals(0, moving());
        nanos += 2 * ANSWER.toNanos();
        assertEquals(List.of(), decide().deny(), "it owns nothing: there is nothing to deny it for");
        assertEquals(Set.of("a", "b"), decide().live());
    }

    @Test
    void node_that_warms_up_gets_a_few_shards_and_then_its_share() {
        shards(64);
        join("a", 1);
        want("a", Uptake.WARM_UP);
        settle();
        assertEquals(Map.of("a", 64L), owned(), "there is nobody else");
        want("a", Uptake.SHARE);
        join("b", 2);
        want("b", Uptake.WARM_UP);
        settle();
        assertEquals(Map.of("a", 62L, "b", 2L), owned());

        join("c", 3);
        settle();
        assertEquals(Map.of("a", 31L, "b", 2L, "c", 31L), owned());
        members.remove("c");
        acks.remove("c");
        lease("c", 3, Duration.ZERO);
        settle();
        assertEquals(Map.of("a", 62L, "b", 2L), owned(), "what a dead node had is no way to warm up");
        want("b", Uptake.SHARE);
        settle();
        assertEquals(Map.of("a", 32L, "b", 32L), owned());
    }

    @Test
    void shards_move_in_waves() {
        shards(1024);
        join("a", 1);
        settle();
        join("b", 2);
        carryOut(decide());
        assertEquals(LeaderLogic.WAVE, moving());
        ackAll();
        settle();
        assertEquals(Map.of("a", 512L, "b", 512L), owned());
        assertEquals(512, owners.stream().filter(owner -> owner.epoch() == 2).count(), "none moved twice");
    }

    // ---- a world in which what was decided is carried out at once

    private void shards(int count) {
        owners.clear();
        for (int shard = 0; shard < count; shard++) {
            owners.add(new ShardOwner(shard, null, 0));
        }
        newLeader();
    }

    private void join(String node, long incarnation) {
        members.put(node, new Member(node, incarnation, "p" + incarnation, "host", "", Instant.EPOCH, Uptake.SHARE));
        lease(node, incarnation, Duration.ofSeconds(2));
    }

    private void want(String node, Uptake uptake) {
        Member member = members.get(node);
        members.put(node, new Member(node, member.incarnation(), member.process(), "host", "", Instant.EPOCH, uptake));
    }

    private void lease(String node, long incarnation, Duration remaining) {
        leases.put(node, new NodeLease(node, incarnation, Instant.EPOCH, false, remaining));
    }

    private void newLeader() {
        logic = new LeaderLogic(owners.size(), LAPSE, ANSWER);
    }

    private Decision decide() {
        return logic.decide(
                new Observation(
                        nanos,
                        plan,
                        Map.copyOf(members),
                        Map.copyOf(acks),
                        List.copyOf(owners),
                        leases,
                        databaseAnswersFor),
                LEADER);
    }

    private void carryOut(Decision decision) {
        List<Plan.@Nullable Entry> entries = new ArrayList<>(decision.plan().entries());
        for (Grant grant : decision.grants()) {
            long epoch = grant.expectedEpoch() + 1;
            owners.set(grant.shard(), new ShardOwner(grant.shard(), grant.to().node(), epoch));
            entries.set(grant.shard(), new Plan.Entry(grant.to(), epoch, null));
        }
        Stamp stamp = decision.grants().isEmpty()
                ? decision.plan().stamp()
                : plan.stamp().next(LEADER);
        plan = new Plan(stamp, entries, decision.plan().live(), decision.plan().out());
    }

    private void ackAll() {
        members.keySet().forEach(node -> acks.put(node, ackOf(node)));
    }

    private Ack ackOf(String node) {
        Holder holder = members.get(node).holder();
        Set<ShardLease> holds = new HashSet<>();
        for (int shard = 0; shard < plan.entries().size(); shard++) {
            Plan.Entry entry = plan.entry(shard);
            if (entry != null && entry.holder().equals(holder) && entry.moving() == null) {
                holds.add(new ShardLease(shard, entry.epoch()));
            }
        }
        return new Ack(holder, plan.stamp(), holds);
    }

    private Decision settle() {
        for (int i = 0; i < 50; i++) {
            Decision decision = decide();
            if (decision.grants().isEmpty() && decision.plan().equals(plan)) {
                return decision;
            }
            carryOut(decision);
            ackAll();
        }
        throw new AssertionError("does not settle: " + plan);
    }

    private long moving() {
        return plan.entries().stream()
                .filter(entry -> entry != null && entry.moving() != null)
                .count();
    }

    private Map<String, Long> owned() {
        return plan.entries().stream()
                .filter(entry -> entry != null)
                .collect(Collectors.groupingBy(entry -> entry.holder().node(), Collectors.counting()));
    }

    private static Stamp stampBefore(Plan plan) {
        return new Stamp(plan.stamp().leaderEpoch(), plan.stamp().version() - 1);
    }
}

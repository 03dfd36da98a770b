package io.orderwatch.node.shard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.dao.shard.ShardLease;
import io.orderwatch.job.Tenure;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OwnedShardsTest {

    private static final Holder ME = new Holder("me", 7);
    private static final Holder OTHER = new Holder("other", 8);
    private static final Plan.Moving MOVING = new Plan.Moving(new Stamp(1, 2), "other");

    private final AtomicLong nanos = new AtomicLong();
    private final LocalLease lease = new LocalLease(nanos::get);
    private final AtomicInteger released = new AtomicInteger();
    private final OwnedShards owned = new OwnedShards("me", lease, released::incrementAndGet);

    @BeforeEach
    void join() {
        lease.runUntil(7, 1000);
    }

    @Test
    void adopts_what_the_plan_grants_to_its_incarnation() {
        owned.apply(plan(1, mine(5), entry(OTHER, 3), entry(new Holder("me", 6), 2)), 7);
        assertEquals(Set.of(0), owned.shards());
        assertEquals(OptionalLong.of(5), owned.epoch(0));
        assertEquals(OptionalLong.empty(), owned.epoch(2), "granted to an earlier incarnation");
        try (Tenure tenure = owned.begin()) {
            assertEquals(List.of(new ShardLease(0, 5)), tenure.leases());
            assertTrue(tenure.valid());
        }
        assertEquals(Set.of(0), owned.takeChanges().gained());
        assertEquals(Set.of(), owned.takeChanges().gained(), "told once");
    }

    @Test
    void nothing_may_start_past_the_local_deadline_and_a_renewal_revives_it() {
        owned.apply(plan(1, mine(5)), 7);
        Tenure before = owned.begin();
        nanos.set(1000);
        assertFalse(before.valid());
        assertEquals(List.of(), before.leases());
        assertEquals(OptionalLong.empty(), owned.epoch(0));
        try (Tenure tenure = owned.begin()) {
            assertEquals(List.of(), tenure.leases());
        }
        lease.runUntil(7, 2000);
        assertTrue(before.valid());
        assertEquals(OptionalLong.of(5), owned.epoch(0));
    }

    @Test
    void revoked_shard_is_held_until_its_last_tenure_is_closed() {
        owned.apply(plan(1, mine(5), mine(9)), 7);
        Tenure first = owned.begin();
        Tenure second = owned.begin();
        owned.apply(plan(2, new Plan.Entry(ME, 5, MOVING), mine(9)), 7);
        assertEquals(OptionalLong.empty(), owned.epoch(0), "nothing new is started");
        assertTrue(first.valid(), "what was begun may be finished");
        try (Tenure later = owned.begin()) {
            assertEquals(List.of(new ShardLease(1, 9)), later.leases());
        }
        assertEquals(0, released.get(), "closing a tenure that holds on to nothing wakes nobody");
        assertTrue(owned.ack().holds().contains(new ShardLease(0, 5)));
        first.close();
        assertTrue(owned.ack().holds().contains(new ShardLease(0, 5)));
        second.close();
        second.close();
        assertEquals(new Ack(ME, new Stamp(1, 2), Set.of(new ShardLease(1, 9))), owned.ack());
        assertEquals(2, released.get());
        assertEquals(Set.of(0), owned.takeChanges().lost());
    }

    @Test
    void dropped_epoch_is_never_taken_up_again() {
        owned.apply(plan(1, mine(5)), 7);
        owned.apply(plan(2, new Plan.Entry(ME, 5, MOVING)), 7);
        owned.apply(plan(3, mine(5)), 7);
        assertEquals(OptionalLong.empty(), owned.epoch(0), "the acknowledgement may have been relied upon");
        owned.apply(plan(4, mine(6)), 7);
        assertEquals(OptionalLong.of(6), owned.epoch(0));
    }

    @Test
    void older_plan_is_left_alone() {
        owned.apply(plan(3, entry(OTHER, 6)), 7);
        owned.apply(plan(2, mine(5)), 7);
        assertEquals(Set.of(), owned.shards());
    }

    @Test
    void shard_that_the_leader_does_not_know_about_is_kept() {
        owned.apply(plan(1, mine(5)), 7);
        owned.apply(plan(2, (Plan.Entry) null), 7);
        assertEquals(OptionalLong.of(5), owned.epoch(0));
    }

    @Test
    void shard_granted_anew_between_two_looks_is_lost_and_gained() {
        owned.apply(plan(1, mine(5)), 7);
        owned.takeChanges();
        owned.apply(plan(4, mine(7)), 7);
        OwnedShards.Changes changes = owned.takeChanges();
        assertEquals(Set.of(0), changes.lost());
        assertEquals(Set.of(0), changes.gained());
    }

    @Test
    void fenced_node_drops_everything_at_once_and_for_good() {
        owned.apply(plan(1, mine(5)), 7);
        Tenure before = owned.begin();
        lease.lose();
        owned.fence();
        assertFalse(before.valid());
        assertEquals(Set.of(), owned.shards());
        lease.runUntil(9, 5000);
        owned.apply(plan(1, mine(5)), 9);
        assertEquals(Set.of(), owned.shards(), "the new incarnation starts with nothing");
        assertFalse(before.valid());
        assertEquals(
                Set.of(), owned.ack().holds(), "a tenure of the earlier incarnation is not in its acknowledgement");
        before.close();
    }

    private static Plan.Entry mine(long epoch) {
        return entry(ME, epoch);
    }

    private static Plan.Entry entry(Holder holder, long epoch) {
        return new Plan.Entry(holder, epoch, null);
    }

    private static Plan plan(long version, Plan.Entry... entries) {
        List<Plan.Entry> list = new ArrayList<>();
        for (Plan.Entry entry : entries) {
            list.add(entry);
        }
        return new Plan(new Stamp(1, version), list, Set.of("me", "other"), Set.of());
    }
}

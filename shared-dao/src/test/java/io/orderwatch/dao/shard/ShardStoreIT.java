package io.orderwatch.dao.shard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.dao.Database;
import io.orderwatch.dao.TestDatabase;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(StackExtension.class)
class ShardStoreIT {

    private static final Duration LEASE = Duration.ofSeconds(60);

    private final ShardStore shards = new ShardStore();
    private final NodeLeaseStore leases = new NodeLeaseStore();
    private TestDatabase db;
    private Database database;

    @BeforeEach
    void open(Stack stack) {
        db = TestDatabase.create(stack);
        database = db.database();
        database.run(tx -> shards.ensureShards(tx, 4));
    }

    @AfterEach
    void close() {
        db.close();
    }

    @Test
    void grant_raises_the_epoch_and_remembers_who_owned_what() {
        assertTrue(grant(0, 0, "node-1"));
        assertTrue(grant(0, 1, "node-2"));
        assertEquals(
                new ShardOwner(0, "node-2", 2),
                database.inTransaction(shards::owners).get(0));
        assertEquals(
                "1:node-1,2:node-2",
                db.text("SELECT GROUP_CONCAT(epoch, ':', node ORDER BY epoch) FROM shard_epochs WHERE shard = 0"));
    }

    @Test
    void grant_on_a_stale_epoch_is_refused() {
        assertTrue(grant(0, 0, "node-1"));
        assertFalse(grant(0, 0, "node-2"));
    }

    @Test
    void deposed_leader_cannot_grant() {
        assertTrue(database.<Boolean>inTransaction(tx -> shards.grant(tx, 0, 0, "node-1", 7, GrantReason.FREE)));
        assertFalse(database.<Boolean>inTransaction(tx -> shards.grant(tx, 0, 1, "node-2", 6, GrantReason.TAKEOVER)));
    }

    @Test
    void fence_returns_only_what_the_node_still_holds() {
        grant(0, 0, "node-1");
        grant(1, 0, "node-1");
        grant(1, 1, "node-2");
        Set<ShardLease> held = database.inTransaction(
                tx -> shards.fence(tx, "node-1", List.of(new ShardLease(0, 1), new ShardLease(1, 1))));
        assertEquals(Set.of(new ShardLease(0, 1)), held);
    }

    @Test
    void raising_the_epoch_waits_for_work_under_the_old_one() throws Exception {
        grant(0, 0, "node-1");
        AtomicBoolean granted = new AtomicBoolean();
        CompletableFuture<Void> takeOver = new CompletableFuture<>();
        database.run(tx -> {
            shards.fence(tx, "node-1", List.of(new ShardLease(0, 1)));
            CompletableFuture.runAsync(() -> granted.set(grant(0, 1, "node-2")))
                    .whenComplete((ok, e) -> takeOver.complete(null));
            Awaitility.await()
                    .during(Duration.ofMillis(300))
                    .atMost(Duration.ofSeconds(5))
                    .until(() -> !granted.get());
        });
        takeOver.get(5, TimeUnit.SECONDS);
        assertTrue(granted.get());
        assertEquals(
                Set.of(),
                database.inTransaction(tx -> shards.fence(tx, "node-1", List.of(new ShardLease(0, 1)))),
                "a paused node that wakes up gets nothing");
    }

    @Test
    void renewal_does_not_wait_for_work() {
        grant(0, 0, "node-1");
        join("node-1", 1);
        database.run(tx -> {
            shards.fence(tx, "node-1", List.of(new ShardLease(0, 1)));
            long start = System.nanoTime();
            assertTrue(db.database().<Boolean>inTransaction(other -> leases.renew(other, "node-1", 1, LEASE)));
            assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(4), "waited for the shard's row");
        });
    }

    @Test
    void denied_node_cannot_renew_and_joins_anew_only_when_its_lease_is_over() {
        assertTrue(join("node-1", 1));
        database.run(tx -> leases.deny(tx, "node-1", 1));
        assertFalse(renew("node-1", 1));
        assertFalse(join("node-1", 2), "the old incarnation may still be at work");
        db.execute("UPDATE node_leases SET lease_until = UTC_TIMESTAMP(6)");
        assertTrue(join("node-1", 2));
        assertTrue(renew("node-1", 2));
        assertFalse(renew("node-1", 1), "replaced");
    }

    @Test
    void join_that_arrives_again_later_does_not_revive_an_incarnation_that_was_denied() {
        assertTrue(join("node-1", 1));
        database.run(tx -> leases.leave(tx, "node-1", 1));
        assertTrue(database.<Boolean>inTransaction(tx -> leases.denyOver(tx, "node-1", 1)));
        assertFalse(join("node-1", 1));
        assertFalse(renew("node-1", 1));
        assertTrue(join("node-1", 2));
    }

    @Test
    void a_second_process_of_the_same_id_is_refused_while_the_first_lives() {
        assertTrue(join("node-1", 1));
        assertFalse(join("node-1", 2));
        assertTrue(renew("node-1", 1));
    }

    @Test
    void a_node_that_leaves_frees_its_id_at_once() {
        join("node-1", 1);
        database.run(tx -> leases.leave(tx, "node-1", 1));
        assertTrue(database.inTransaction(tx -> leases.find(tx, "node-1"))
                .orElseThrow()
                .over());
        assertTrue(join("node-1", 2));
        database.run(tx -> leases.leave(tx, "node-1", 1));
        assertFalse(database.inTransaction(tx -> leases.find(tx, "node-1"))
                .orElseThrow()
                .over());
    }

    private boolean grant(int shard, long expected, String node) {
        return database.inTransaction(tx -> shards.grant(tx, shard, expected, node, 1, GrantReason.FREE));
    }

    private boolean join(String node, long incarnation) {
        return database.inTransaction(tx -> leases.join(tx, node, incarnation, LEASE));
    }

    private boolean renew(String node, long incarnation) {
        return database.inTransaction(tx -> leases.renew(tx, node, incarnation, LEASE));
    }
}

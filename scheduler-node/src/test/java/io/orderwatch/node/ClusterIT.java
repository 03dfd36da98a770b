package io.orderwatch.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import io.orderwatch.stack.generator.OrderBook.Off;
import io.orderwatch.stack.merchant.Behaviour;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Three real node processes, from the distribution that was just built, watch real orders while things happen to them;
 * afterwards the invariants hold. One cluster for all tests: each leaves it whole and at rest.
 */
@ExtendWith(StackExtension.class)
@TestInstance(Lifecycle.PER_CLASS)
class ClusterIT {

    private static final Logger LOG = LoggerFactory.getLogger(ClusterIT.class);

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** What an operator may expect of a switch. */
    private static final Duration SWITCH = Duration.ofSeconds(1);

    private LiveCluster cluster;

    @BeforeAll
    void start(Stack stack) throws Exception {
        Awaitility.setDefaultTimeout(PATIENCE);
        cluster = LiveCluster.start(stack);
    }

    @AfterEach
    void leave_it_whole() throws Exception {
        cluster.endLoad();
        cluster.nodes().dead().forEach(cluster.nodes()::start);
    }

    @AfterAll
    void stop() throws Exception {
        Awaitility.reset();
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void whatever_happens_to_orders_on_a_working_day_the_invariants_hold() throws Exception {
        Set<Long> before = cluster.toldTwice();
        cluster.insertBadOrders();
        cluster.startLoad();
        long written = cluster.load().written();
        Awaitility.await().until(() -> cluster.load().written() > written + 1_200);
        cluster.endLoad();
        cluster.awaitRest();
        assertEquals(List.of(), cluster.invariants().broken(before));
        assertEquals(
                List.of(), cluster.invariants().startedWhileOff(cluster.book().offs(), SWITCH));
        assertEquals(0, cluster.merchant().stats().rejected(), "requests without a valid signature or a usable id");
        // what was paid and what was cancelled by the account of those who wrote it, not by ours
        assertEquals(
                0,
                cluster.book().tally().wrong(),
                () -> "order " + cluster.book().anyWrong());
        long dead = cluster.number("SELECT COUNT(*) FROM notifications WHERE state = 'DEAD'");
        assertTrue(dead > 0, "one merchant never listens");
        assertEquals(
                dead,
                cluster.book().tally().missing(),
                () -> "order " + cluster.book().anyMissing() + " is one that not all was told of");
        assertEquals(
                3, cluster.number("SELECT COUNT(DISTINCT node) FROM order_status_logs"), "all nodes have taken part");
    }

    @Test
    void user_that_is_switched_off_is_left_alone_and_gets_everything_in_order_when_switched_on() {
        int user = LiveCluster.LONE_USER;
        int merchant = LiveCluster.SLOW_MERCHANT;
        List<Long> before = cluster.insertOrders(user, merchant, 400);
        Awaitility.await()
                .pollInterval(Duration.ofMillis(20))
                .until(() -> cluster.number(
                                "SELECT COUNT(*) FROM notifications WHERE user_id = ? AND state = 'DELIVERED'", user)
                        >= 40);

        // the merchant was quick, so much is claimed; now that it is slow, that waits, and waits too long
        cluster.merchant().behave(merchant, new Behaviour(Behaviour.Kind.SLOW, "1200", 1));
        cluster.execute("UPDATE users SET status = 0 WHERE id = ?", user);
        long off = cluster.now();
        List<Long> meanwhile = cluster.insertOrders(user, merchant, 100);
        cluster.execute(
                "UPDATE orders SET status = 'COMPLETED', completed_at = UTC_TIMESTAMP(3) WHERE user_id = ?", user);
        // work of theirs is held as soon as somebody comes across it, and what was under way comes to its end
        Awaitility.await()
                .until(() -> cluster.number("SELECT COUNT(*) FROM orders WHERE user_id = ? AND work = 1", user) == 0
                        && cluster.number(
                                        "SELECT COUNT(*) FROM notifications WHERE user_id = ? AND (state = 'SENDING'"
                                                + " OR (state = 'READY' AND held = 0))",
                                        user)
                                == 0
                        && cluster.now() > off + 3_000);
        assertTrue(cluster.number("SELECT COUNT(*) FROM notifications WHERE user_id = ? AND held = 1", user) > 0);
        long on = cluster.now();
        assertEquals(List.of(), cluster.invariants().startedWhileOff(List.of(new Off(user, off, on)), SWITCH));

        cluster.merchant().behave(merchant, Behaviour.OK);
        cluster.execute("UPDATE users SET status = 1 WHERE id = ?", user);
        cluster.awaitRest();
        assertEquals(
                2L * (before.size() + meanwhile.size()),
                cluster.number("SELECT COUNT(*) FROM notifications WHERE user_id = ? AND state = 'DELIVERED'", user));
        assertEquals(List.of(), cluster.invariants().startedOutOfOrder(meanwhile));
        assertEquals(
                List.of("0 -> 1", "1 -> 0"),
                cluster.texts(
                        "SELECT CONCAT(from_status, ' -> ', to_status) FROM status_changes WHERE user_id = ? ORDER BY 1",
                        user));
    }

    @Test
    void killed_node_loses_nothing_and_doubles_at_most_what_it_had_in_flight() throws Exception {
        String victim = "node-2";
        Set<Long> mayBeTwice = cluster.toldTwice();
        cluster.merchant().behave(1, new Behaviour(Behaviour.Kind.SLOW, "2000", 1));
        cluster.startLoad();
        Awaitility.await()
                .until(() -> cluster.number(
                                "SELECT COUNT(*) FROM notifications WHERE state = 'SENDING' AND claimed_by = ?"
                                        + " AND merchant_id = 1",
                                victim)
                        > 0);
        long killedAt = System.nanoTime();
        cluster.nodes().kill(victim);
        // nobody takes these before their lease is over, which is seconds away
        Set<Long> inFlight =
                cluster.ids("SELECT id FROM notifications WHERE state = 'SENDING' AND claimed_by = ?", victim);
        Set<Long> shards = cluster.ids("SELECT shard FROM shard_leases WHERE node = ?", victim);
        Awaitility.await().until(() -> cluster.number("SELECT COUNT(*) FROM shard_leases WHERE node = ?", victim) == 0);
        LOG.info(
                "The {} shards of {} have other owners {} ms after it was killed, with {} notifications in flight",
                shards.size(),
                victim,
                Duration.ofNanos(System.nanoTime() - killedAt).toMillis(),
                inFlight.size());
        cluster.merchant().behave(1, Behaviour.OK);
        // not just owned: swept
        String sweptBy = "SELECT COUNT(*) FROM order_status_logs l JOIN orders o ON o.id = l.order_id"
                + " JOIN shard_leases s ON s.shard = o.shard AND s.epoch = l.epoch WHERE s.node = ? ";
        Awaitility.await().until(() -> cluster.ids("SELECT DISTINCT s.shard FROM order_status_logs l"
                        + " JOIN orders o ON o.id = l.order_id"
                        + " JOIN shard_epochs s ON s.shard = o.shard AND s.epoch = l.epoch"
                        + " WHERE s.reason = 'TAKEOVER'")
                .containsAll(withoutEmpty(shards)));

        cluster.nodes().start(victim);
        Awaitility.await().until(() -> cluster.number(sweptBy, victim) > 0);
        cluster.endLoad();
        cluster.awaitRest();
        mayBeTwice.addAll(inFlight);
        assertEquals(List.of(), cluster.invariants().broken(mayBeTwice));
        assertEquals(List.of(), cluster.nodes().dead());
    }

    /** Shards that have a user whose orders come. */
    private Set<Long> withoutEmpty(Set<Long> shards) {
        Set<Long> withUsers = new HashSet<>(shards);
        withUsers.retainAll(cluster.ids("SELECT DISTINCT shard FROM users WHERE id <= ?", LiveCluster.USERS));
        return withUsers;
    }

    @Test
    void node_that_is_stopped_and_started_under_load_loses_and_doubles_nothing() throws Exception {
        String node = "node-1";
        Set<Long> before = cluster.toldTwice();
        cluster.startLoad();
        long written = cluster.load().written();
        Awaitility.await().until(() -> cluster.load().written() > written + 200);
        String stopsAt = cluster.databaseTime();
        LiveCluster.Log log = cluster.logFromHere(node);
        cluster.nodes().stop(node);
        assertEquals(0, cluster.number("SELECT COUNT(*) FROM shard_leases WHERE node = ?", node));
        // Curator says so of a session that ended, which a stalled machine brings about
        assertEquals(
                List.of(),
                log.linesWith(" ERROR ").stream()
                        .filter(line -> !line.contains("LeaderLatch"))
                        .toList(),
                "it ends in good order");
        // a machine that stalls for longer than a lease has a node taken for dead, and rightly: the node then says so
        if (log.linesWith("was fenced").isEmpty()) {
            assertEquals(
                    List.of(),
                    cluster.takenOver(node, stopsAt, cluster.databaseTime()),
                    "it hands its shards over before it goes, whoever leads");
        }
        assertEquals(
                0,
                cluster.number("SELECT COUNT(*) FROM notifications WHERE state = 'SENDING' AND claimed_by = ?", node),
                "what it had claimed and was not answered");
        cluster.nodes().start(node);
        Awaitility.await().until(() -> cluster.number("SELECT COUNT(*) FROM shard_leases WHERE node = ?", node) > 0);
        cluster.endLoad();
        cluster.awaitRest();
        assertEquals(List.of(), cluster.invariants().broken(before));
    }

    @Test
    void second_process_of_a_living_nodes_id_leaves_its_running_jobs_alone() {
        List<String> before = jobsOf("node-1");
        try (LiveCluster.Intruder intruder = cluster.launchSecondNodeOne()) {
            Awaitility.await().until(() -> !intruder.log()
                    .linesWith("Node id node-1 is in use")
                    .isEmpty());
            // it would check in, and recover what it takes for its own past, each second
            Awaitility.await()
                    .during(Duration.ofSeconds(3))
                    .atMost(Duration.ofSeconds(10))
                    .until(() ->
                            intruder.log().linesWith("failed in-progress jobs").isEmpty());
            assertEquals(List.of(), intruder.log().linesWith("joined as incarnation"));
            assertEquals(List.of(), intruder.log().linesWith("is removed, this node does not know it"));
        }
        assertEquals(before, jobsOf("node-1"));
        assertEquals(List.of(), cluster.nodes().dead());
    }

    private List<String> jobsOf(String node) {
        return cluster.texts("SELECT JOB_GROUP FROM QRTZ_JOB_DETAILS WHERE JOB_NAME = ? ORDER BY 1", node);
    }
}

package io.orderwatch.node.breaker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import io.orderwatch.dao.notification.BreakerChange;
import io.orderwatch.dao.notification.BreakerState;
import io.orderwatch.job.Ticker;
import io.orderwatch.job.notification.Breakers.Pass;
import io.orderwatch.node.lock.RedisLine;
import io.orderwatch.node.lock.RedisSettings;
import io.orderwatch.node.lock.RedissonClientFactory;
import io.orderwatch.node.lock.TextCodec;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.redisson.api.RedissonClient;

/** Two nodes and a Redis. */
@ExtendWith(StackExtension.class)
class RedisBreakersIT {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration FAST = Duration.ofMillis(10);
    private static final Duration LONG = Duration.ofMinutes(5);
    /** Not the host's. */
    private static final Instant CLUSTER_TIME = Instant.parse("2001-02-03T04:05:06Z");

    private static final long MERCHANT = 7;
    private static final long ENDPOINT = 70;

    private final List<AutoCloseable> open = new ArrayList<>();
    private final List<BreakerChange> changes = new CopyOnWriteArrayList<>();
    private final String cluster = "it-" + ThreadLocalRandom.current().nextInt(1_000_000_000);
    private RedissonClient redisson;

    @BeforeEach
    void connect(Stack stack) {
        redisson = new RedissonClientFactory().create(RedisSettings.of(stack.redisUri()));
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
        flush();
        redisson.shutdown();
    }

    private void flush() {
        redisson.getKeys().getKeysByPattern("{orderwatch:" + cluster + "*").forEach(key -> redisson.getKeys()
                .delete(key));
    }

    @Test
    void five_failures_in_a_row_open_it_for_the_whole_cluster() {
        RedisBreakers one = node("node-1", LONG);
        RedisBreakers other = node("node-2", LONG);
        fail(one, 4);
        call(one, true, FAST);
        fail(one, 4);
        settle(one);
        assertEquals(64, one.allowed(ENDPOINT, 64), "a success in between");
        fail(other, 1);
        awaitShut(one);
        awaitShut(other);
        assertNull(one.pass(MERCHANT, ENDPOINT));
        Awaitility.await().atMost(PATIENCE).until(() -> changes.size() == 2);
        assertEquals(changes.get(0), changes.get(1), "each node tells it, and the database takes it once");
        assertEquals("5 failures in a row", changes.get(0).reason());
        assertEquals(64, one.allowed(71, 64), "another endpoint");
    }

    @Test
    void a_rate_of_failures_opens_it_once_there_are_enough_calls() {
        RedisBreakers one = node("node-1", LONG);
        for (int i = 0; i < 9; i++) {
            call(one, i % 3 == 0, FAST);
        }
        settle(one);
        assertEquals(64, one.allowed(ENDPOINT, 64));
        for (int i = 0; i < 11; i++) {
            call(one, i % 3 == 0, FAST);
        }
        awaitShut(one);
        assertTrue(
                changes.get(0).reason().matches("\\d+ of the last 20 calls failed"),
                changes.get(0).reason());
    }

    @Test
    void a_rate_of_slow_calls_opens_it() {
        RedisBreakers one = node("node-1", LONG);
        for (int i = 0; i < 20; i++) {
            call(one, true, i < 3 ? FAST : Duration.ofSeconds(9));
        }
        awaitShut(one);
        assertEquals("17 of the last 20 calls were slow", changes.get(0).reason());
    }

    @Test
    void one_probe_is_made_in_the_whole_cluster_and_closes_it_by_and_by() {
        List<RedisBreakers> nodes = IntStream.rangeClosed(1, 3)
                .mapToObj(i -> node("node-" + i, Duration.ofSeconds(1)))
                .toList();
        fail(nodes.get(0), 5);
        nodes.forEach(RedisBreakersIT::awaitShut);
        List<Pass> probes = new ArrayList<>();
        List<RedisBreakers> prober = new ArrayList<>();
        Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(10)).until(() -> {
            for (RedisBreakers node : nodes) {
                node.allowed(ENDPOINT, 64);
                Pass pass = node.pass(MERCHANT, ENDPOINT);
                if (pass != null) {
                    probes.add(pass);
                    prober.add(node);
                }
            }
            return !probes.isEmpty();
        });
        Awaitility.await().during(Duration.ofMillis(500)).atMost(PATIENCE).until(() -> nodes.stream()
                .allMatch(node -> node.allowed(ENDPOINT, 64) == 0 && node.pass(MERCHANT, ENDPOINT) == null));
        assertEquals(1, probes.size());
        assertTrue(probes.get(0).probe());
        prober.get(0).report(probes.get(0), true, FAST);
        nodes.forEach(node -> Awaitility.await().atMost(PATIENCE).until(() -> node.allowed(ENDPOINT, 64) > 0));
        assertTrue(nodes.get(0).allowed(ENDPOINT, 64) < 32, "not all at once");
        Awaitility.await().atMost(PATIENCE).until(() -> nodes.get(1).allowed(ENDPOINT, 64) == 64);
        assertEquals(
                List.of("CLOSED OPEN", "OPEN HALF_OPEN", "HALF_OPEN CLOSED"),
                changes.stream()
                        .map(change -> change.from() + " " + change.to())
                        .distinct()
                        .toList());
    }

    @Test
    void a_probe_that_is_never_answered_goes_to_another_node_and_its_late_answer_counts_for_nothing() {
        RedisBreakers one = node("node-1", Duration.ofMillis(500));
        RedisBreakers other = node("node-2", Duration.ofMillis(500));
        fail(one, 5);
        awaitShut(other);
        Pass lost = awaitPass(one);
        Pass probe = awaitPass(other);
        assertTrue(probe.epoch() > lost.epoch());
        one.report(lost, true, FAST);
        settle(one);
        assertEquals(0, other.allowed(ENDPOINT, 64));
        other.report(probe, false, FAST);
        awaitReason("its probe failed");
    }

    @Test
    void what_was_sent_before_it_opened_says_nothing_once_it_is_closed_again() {
        RedisBreakers one = node("node-1", Duration.ofMillis(300));
        List<Pass> early = IntStream.range(0, 5)
                .mapToObj(i -> one.pass(MERCHANT, ENDPOINT))
                .toList();
        fail(one, 5);
        awaitShut(one);
        one.report(awaitPass(one), true, FAST);
        Awaitility.await().atMost(PATIENCE).until(() -> one.allowed(ENDPOINT, 64) > 0);
        early.forEach(pass -> one.report(pass, false, FAST));
        settle(one);
        assertTrue(one.allowed(ENDPOINT, 64) > 0);
    }

    @Test
    void a_flushed_redis_loses_nothing_that_matters() {
        RedisBreakers one = node("node-1", Duration.ofSeconds(1));
        fail(one, 5);
        awaitShut(one);
        flush();
        assertNull(one.pass(MERCHANT, ENDPOINT), "its own memory holds");
        Pass probe = awaitPass(one);
        one.report(probe, true, FAST);
        Awaitility.await().atMost(PATIENCE).until(() -> one.allowed(ENDPOINT, 64) == 64);
    }

    @Test
    void after_a_flush_a_node_that_knows_nothing_does_not_keep_the_others_from_their_probe() {
        RedisBreakers one = node("node-1", Duration.ofMillis(500));
        fail(one, 5);
        awaitShut(one);
        flush();
        reportOfANodeThatJustStarted();
        Pass probe = awaitPass(one);
        awaitReason("Redis had lost it");
        assertEquals(
                BreakerState.OPEN,
                changes.stream()
                        .filter(change -> change.reason().equals("Redis had lost it"))
                        .findFirst()
                        .orElseThrow()
                        .from());
        one.report(probe, true, FAST);
        Awaitility.await().atMost(PATIENCE).until(() -> one.allowed(ENDPOINT, 64) == 64);
    }

    @Test
    void after_a_flush_those_who_know_the_breaker_are_heard_although_another_knows_nothing() throws Exception {
        RedisBreakers one = node("node-1", LONG);
        BreakerStore store = new BreakerStore(redisson, cluster, settings(LONG), Duration.ofSeconds(2));
        failUntilOpen(one, 1);
        store.reset(ENDPOINT, MERCHANT, "reset by op@host");
        Awaitility.await().atMost(PATIENCE).until(() -> one.allowed(ENDPOINT, 64) > 0);
        flush();
        reportOfANodeThatJustStarted();
        fail(one, 5);
        awaitShut(one);
    }

    @Test
    void the_answer_to_a_probe_counts_although_redis_has_lost_the_breaker() {
        RedisBreakers one = node("node-1", Duration.ofMillis(500));
        fail(one, 5);
        awaitShut(one);
        Pass probe = awaitPass(one);
        flush();
        one.report(probe, false, FAST);
        awaitReason("its probe failed");
    }

    /** As after a fail-over to a copy from before it was opened: failures that it still counts are made up for. */
    @Test
    void what_an_older_copy_of_redis_has_counted_does_not_count() throws Exception {
        RedisBreakers one = node("node-1", LONG);
        BreakerStore store = new BreakerStore(redisson, cluster, settings(LONG), Duration.ofSeconds(2));
        fail(one, 4);
        settle(one);
        Map<String, byte[]> before = dump();
        fail(one, 1);
        awaitShut(one);
        store.reset(ENDPOINT, MERCHANT, "reset by op@host");
        Awaitility.await().atMost(PATIENCE).until(() -> one.allowed(ENDPOINT, 64) > 0);
        before.forEach((key, dump) -> redisson.getBucket(key).restoreAndReplace(dump));
        fail(one, 1);
        settle(one);
        assertTrue(one.allowed(ENDPOINT, 64) > 0, "one failure in a row, not five");
    }

    private Map<String, byte[]> dump() {
        Map<String, byte[]> dumps = new HashMap<>();
        redisson.getKeys()
                .getKeysByPattern("{orderwatch:" + cluster + "*")
                .forEach(key -> dumps.put(key, redisson.getBucket(key).dump()));
        return dumps;
    }

    private void reportOfANodeThatJustStarted() {
        RedisBreakers started = node("node-9", LONG);
        call(started, true, FAST);
        settle(started);
    }

    /** As after a fail-over to a copy that lags behind: it is closed there, and was opened since. */
    @Test
    void a_redis_that_falls_back_behind_what_a_node_knows_opens_nothing_that_is_shut() throws Exception {
        RedisBreakers one = node("node-1", LONG);
        BreakerStore store = new BreakerStore(redisson, cluster, settings(LONG), Duration.ofSeconds(2));
        Pass early = one.pass(MERCHANT, ENDPOINT);
        failUntilOpen(one, 1);
        store.reset(ENDPOINT, MERCHANT, "reset by op@host");
        Awaitility.await().atMost(PATIENCE).until(() -> one.allowed(ENDPOINT, 64) > 0);
        Map<String, byte[]> before = dump();
        failUntilOpen(one, 2);
        before.forEach((key, dump) -> redisson.getBucket(key).restoreAndReplace(dump));
        one.report(early, true, FAST);
        settle(one);
        assertEquals(0, one.allowed(ENDPOINT, 64));
        assertNull(one.pass(MERCHANT, ENDPOINT));
    }

    @Test
    void every_key_expires() {
        RedisBreakers one = node("node-1", LONG);
        call(one, true, FAST);
        settle(one);
        fail(one, 5);
        awaitShut(one);
        List<String> keys = new ArrayList<>();
        redisson.getKeys().getKeysByPattern("{orderwatch:" + cluster + "*").forEach(keys::add);
        assertTrue(keys.size() >= 2, keys::toString);
        keys.forEach(
                key -> assertTrue(redisson.getBucket(key, TextCodec.INSTANCE).remainTimeToLive() > 0, key));
    }

    @Test
    void while_redis_is_away_a_node_has_breakers_of_its_own_and_tells_of_them_afterwards(Stack stack) throws Exception {
        try (RedisLine line = new RedisLine(stack.redisUri())) {
            RedisBreakers one = node("node-1", LONG, line.uri());
            RedisBreakers other = node("node-2", LONG);
            call(one, true, FAST);
            settle(one);
            line.cut();
            Awaitility.await().atMost(PATIENCE).until(() -> {
                fail(one, 5);
                return one.allowed(ENDPOINT, 64) == 0;
            });
            assertNull(one.pass(MERCHANT, ENDPOINT));
            assertEquals(64, one.allowed(71, 64));
            assertEquals("node-1", changes.get(0).scope());
            assertEquals(CLUSTER_TIME.toEpochMilli(), changes.get(0).epoch());
            line.heal();
            awaitShut(other);
            awaitShut(one);
        }
    }

    @Test
    void what_the_cluster_held_open_stays_so_while_redis_is_away_and_then_gets_one_probe_of_this_nodes_own(Stack stack)
            throws Exception {
        AtomicLong ahead = new AtomicLong();
        MetricRegistry metrics = new MetricRegistry();
        try (RedisLine line = new RedisLine(stack.redisUri())) {
            RedisBreakers one = start(RedisBreakers.open(
                    RedisSettings.of(line.uri()),
                    cluster,
                    "node-1",
                    settings(LONG),
                    changes::add,
                    metrics,
                    () -> CLUSTER_TIME,
                    () -> System.nanoTime() + ahead.get()));
            failUntilOpen(one, 1);
            line.cut();
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() ->
                            metrics.getGauges().get("breaker.local").getValue().equals(1));
            assertEquals(0, one.allowed(ENDPOINT, 64));
            assertNull(one.pass(MERCHANT, ENDPOINT));
            ahead.addAndGet(LONG.toNanos());
            assertEquals(1, one.allowed(ENDPOINT, 64));
            Pass probe = one.pass(MERCHANT, ENDPOINT);
            assertNotNull(probe);
            assertNull(one.pass(MERCHANT, ENDPOINT), "one at a time");
            one.report(probe, true, FAST);
            assertEquals(64, one.allowed(ENDPOINT, 64));
        }
    }

    @Test
    void reset_by_hand_closes_it_and_has_a_cool_down() throws Exception {
        RedisBreakers one = node("node-1", LONG);
        BreakerStore store = new BreakerStore(redisson, cluster, settings(LONG), Duration.ofSeconds(2));
        assertEquals(List.of("CLOSED"), store.reset(ENDPOINT, MERCHANT, "reset by op@host"));
        fail(one, 5);
        awaitReason("5 failures in a row");
        awaitShut(one);
        assertEquals(
                "RESET", store.reset(ENDPOINT, MERCHANT, "reset by op@host").get(0));
        Awaitility.await().atMost(PATIENCE).until(() -> one.allowed(ENDPOINT, 64) == 64);
        fail(one, 5);
        awaitShut(one);
        assertEquals("COOL", store.reset(ENDPOINT, MERCHANT, "reset by op@host").get(0));
        assertEquals(0, one.allowed(ENDPOINT, 64));
    }

    /** Two round trips later everything that was reported has counted. */
    private static void settle(RedisBreakers node) {
        node.beat();
        node.beat();
    }

    private static void awaitShut(RedisBreakers node) {
        Awaitility.await().atMost(PATIENCE).until(() -> node.allowed(ENDPOINT, 64) == 0);
    }

    /** On a busy machine Redis may be away for a moment, and what was reported then is not the cluster's. */
    private void failUntilOpen(RedisBreakers node, int times) {
        Awaitility.await().atMost(PATIENCE).until(() -> {
            fail(node, 5);
            return changes.stream()
                            .filter(change -> change.scope().isEmpty() && change.to() == BreakerState.OPEN)
                            .count()
                    >= times;
        });
        awaitShut(node);
    }

    private static Pass awaitPass(RedisBreakers node) {
        List<Pass> passes = new ArrayList<>();
        Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(10)).until(() -> {
            node.allowed(ENDPOINT, 64);
            Pass pass = node.pass(MERCHANT, ENDPOINT);
            return pass != null && passes.add(pass);
        });
        assertTrue(passes.get(0).probe());
        return passes.get(0);
    }

    private void awaitReason(String reason) {
        Awaitility.await().atMost(PATIENCE).until(() -> changes.stream()
                .anyMatch(change -> change.reason().equals(reason)));
    }

    private static void fail(RedisBreakers node, int times) {
        for (int i = 0; i < times; i++) {
            call(node, false, FAST);
        }
    }

    private static void call(RedisBreakers node, boolean success, Duration took) {
        Pass pass = node.pass(MERCHANT, ENDPOINT);
        if (pass != null) {
            assertFalse(pass.probe());
            node.report(pass, success, took);
        }
    }

    private RedisBreakers node(String id, Duration openFor) {
        return start(new RedisBreakers(
                redisson,
                cluster,
                id,
                settings(openFor),
                Duration.ofMillis(500),
                changes::add,
                new MetricRegistry(),
                () -> CLUSTER_TIME,
                Ticker.system(),
                () -> {}));
    }

    private RedisBreakers node(String id, Duration openFor, String uri) {
        return start(RedisBreakers.open(
                RedisSettings.of(uri),
                cluster,
                id,
                settings(openFor),
                changes::add,
                new MetricRegistry(),
                () -> CLUSTER_TIME,
                Ticker.system()));
    }

    private RedisBreakers start(RedisBreakers breakers) {
        breakers.beat();
        breakers.start();
        open.add(breakers);
        return breakers;
    }

    private static BreakerSettings settings(Duration openFor) {
        return new BreakerSettings(
                5,
                Duration.ofMinutes(1),
                20,
                50,
                Duration.ofSeconds(8),
                80,
                openFor,
                Duration.ofSeconds(3),
                Duration.ofSeconds(2),
                Duration.ofMillis(50),
                Duration.ofMinutes(1));
    }
}

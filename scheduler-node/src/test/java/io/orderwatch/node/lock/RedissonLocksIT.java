package io.orderwatch.node.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import io.orderwatch.job.Ticker;
import io.orderwatch.job.notification.NotificationLocks;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(StackExtension.class)
class RedissonLocksIT {

    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final List<AutoCloseable> open = new ArrayList<>();
    private final String cluster = "it-" + ThreadLocalRandom.current().nextInt(1_000_000_000);
    private final MetricRegistry metrics = new MetricRegistry();
    private String uri;

    @BeforeEach
    void find(Stack stack) {
        uri = stack.redisUri();
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    @Test
    void a_lock_is_had_by_one_until_it_is_freed() {
        NotificationLocks one = locks(uri);
        NotificationLocks other = locks(uri);
        assertEquals(Set.of(1L, 2L, 3L), one.acquire(List.of(1L, 2L, 3L), 10, LEASE));
        assertEquals(Set.of(4L), other.acquire(List.of(3L, 4L), 20, LEASE));
        one.release(Map.of(3L, 10L));
        assertEquals(Set.of(3L), other.acquire(List.of(2L, 3L), 20, LEASE));
    }

    @Test
    void a_lock_is_freed_only_under_its_own_token() {
        NotificationLocks locks = locks(uri);
        locks.acquire(List.of(1L), 10, LEASE);
        locks.release(Map.of(1L, 11L));
        assertEquals(Set.of(), locks.acquire(List.of(1L), 12, LEASE));
        locks.release(Map.of(1L, 10L));
        assertEquals(Set.of(1L), locks.acquire(List.of(1L), 12, LEASE));
    }

    @Test
    void of_many_that_are_freed_at_once_each_goes_by_its_own_token() {
        NotificationLocks locks = locks(uri);
        List<Long> ids = LongStream.range(0, 2_500).boxed().toList();
        Map<Long, Long> tokens = new HashMap<>();
        // so large that they are one number to whoever takes them for floating-point ones
        ids.forEach(id -> tokens.put(id, Long.MAX_VALUE - id % 7));
        for (long token = Long.MAX_VALUE - 6; token > 0; token++) {
            long one = token;
            List<Long> under = ids.stream().filter(id -> tokens.get(id) == one).toList();
            assertEquals(Set.copyOf(under), locks.acquire(under, token, LEASE));
        }
        Set<Long> taken = Set.of(0L, 999L, 1_000L, 1_001L, 2_499L);
        taken.forEach(id -> tokens.computeIfPresent(id, (same, token) -> token - 1));
        tokens.put(9_999L, 1L);
        locks.release(tokens);
        locks.release(Map.of());
        Set<Long> free = new HashSet<>(ids);
        free.removeAll(taken);
        assertEquals(free, locks.acquire(ids, 12, LEASE));
        assertEquals(0, fallbacks(), "Redis answered each time");
    }

    @Test
    void a_lock_frees_itself_when_its_lease_is_over() {
        NotificationLocks locks = locks(uri);
        locks.acquire(List.of(1L), 10, Duration.ofMillis(300));
        assertEquals(Set.of(), locks.acquire(List.of(1L), 11, LEASE));
        Awaitility.await().atMost(PATIENCE).until(() -> locks.acquire(List.of(1L), 11, LEASE)
                .equals(Set.of(1L)));
    }

    @Test
    void clusters_do_not_see_each_other() {
        RedissonLocks elsewhere = RedissonLocks.open(RedisSettings.of(uri), cluster + "-b", metrics, Ticker.system());
        open.add(elsewhere);
        locks(uri).acquire(List.of(1L), 10, LEASE);
        assertEquals(Set.of(1L), elsewhere.acquire(List.of(1L), 11, LEASE));
    }

    @Test
    void of_many_who_ask_for_the_same_each_lock_goes_to_one() throws Exception {
        List<Long> ids = LongStream.range(0, 2_000).boxed().toList();
        List<Callable<Set<Long>>> askers = new ArrayList<>();
        for (int i = 1; i <= 4; i++) {
            NotificationLocks locks = locks(uri);
            long token = i;
            askers.add(() -> locks.acquire(ids, token, LEASE));
        }
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Long> granted = new ArrayList<>();
            for (Future<Set<Long>> asker : threads.invokeAll(askers)) {
                granted.addAll(asker.get());
            }
            assertEquals(0, fallbacks(), "Redis answered all of them");
            assertEquals(2_000, granted.size());
            assertEquals(Set.copyOf(ids), Set.copyOf(granted));
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void while_redis_is_away_all_are_granted_and_nobody_waits() throws Exception {
        RedisLine line = line();
        NotificationLocks locks = locks(line.uri());
        assertEquals(Set.of(1L), locks.acquire(List.of(1L), 10, LEASE));
        line.cut();
        assertEquals(Set.of(1L, 2L), locks.acquire(List.of(1L, 2L), 11, LEASE), "the database decides alone");
        locks.release(Map.of(2L, 11L));
        long before = System.nanoTime();
        for (int i = 0; i < 1_000; i++) {
            assertEquals(Set.of(5L), locks.acquire(List.of(5L), 12, LEASE));
        }
        assertTrue(System.nanoTime() - before < Duration.ofSeconds(2).toNanos(), "only the first call tries");
        assertEquals(1_002, fallbacks());

        line.heal();
        awaitRefusal(locks, 1);
        assertEquals(Set.of(), locks.acquire(List.of(1L), 13, LEASE), "the lock taken before the outage still stands");
    }

    @Test
    void when_redis_is_dark_it_is_waited_for_once() throws Exception {
        RedisLine line = line();
        NotificationLocks locks = locks(line.uri());
        assertEquals(Set.of(1L), locks.acquire(List.of(1L), 10, LEASE));
        line.dark();
        long before = System.nanoTime();
        assertEquals(Set.of(1L), locks.acquire(List.of(1L), 11, LEASE));
        assertTrue(System.nanoTime() - before < Duration.ofSeconds(2).toNanos(), "within its timeout");
        before = System.nanoTime();
        while (System.nanoTime() - before < Duration.ofSeconds(3).toNanos()) {
            long call = System.nanoTime();
            locks.acquire(List.of(1L), 11, LEASE);
            assertTrue(System.nanoTime() - call < Duration.ofMillis(300).toNanos(), "it is probed by another thread");
            Thread.sleep(20);
        }
        line.heal();
        awaitRefusal(locks, 1);
    }

    @Test
    void it_starts_without_redis_and_finds_it_later() throws Exception {
        RedisLine line = line();
        line.cut();
        NotificationLocks locks = locks(line.uri());
        assertEquals(Set.of(1L), locks.acquire(List.of(1L), 10, LEASE));
        line.heal();
        locks(uri).acquire(List.of(2L), 20, LEASE);
        awaitRefusal(locks, 2);
    }

    @Test
    void its_threads_end_with_it() throws Exception {
        Function<String, Long> running = prefix -> Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(prefix))
                .count();
        long before = running.apply("redisson") + running.apply("lock-probe");
        RedisLine line = line();
        line.cut();
        RedissonLocks locks = RedissonLocks.open(RedisSettings.of(line.uri()), cluster, metrics, Ticker.system());
        for (int i = 0; i < 15; i++) {
            locks.acquire(List.of(1L), 10, LEASE);
            Thread.sleep(100);
        }
        locks.close();
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> running.apply("redisson") + running.apply("lock-probe") <= before);
    }

    @Test
    void the_password_of_an_address_is_not_printed() {
        assertFalse(RedisSettings.of("redis://user:hush@127.0.0.1:6379/0")
                .toString()
                .contains("hush"));
    }

    private static void awaitRefusal(NotificationLocks locks, long lockedElsewhere) {
        Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(100)).until(() -> locks.acquire(
                        List.of(lockedElsewhere), 99, LEASE)
                .isEmpty());
    }

    private long fallbacks() {
        return metrics.counter("notification.lock_fallback").getCount();
    }

    private RedisLine line() {
        RedisLine line = new RedisLine(uri);
        open.add(line);
        return line;
    }

    private NotificationLocks locks(String address) {
        RedissonLocks locks = RedissonLocks.open(RedisSettings.of(address), cluster, metrics, Ticker.system());
        open.add(0, locks);
        return locks;
    }
}

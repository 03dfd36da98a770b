package io.orderwatch.node.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import io.orderwatch.dao.notification.NotificationStore;
import io.orderwatch.job.Ticker;
import io.orderwatch.job.notification.Delivery;
import io.orderwatch.job.notification.ManualRetry;
import io.orderwatch.job.notification.NotifyRetryJob;
import io.orderwatch.job.notification.RetryAnswer;
import io.orderwatch.job.notification.RetryAnswer.Kind;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import io.orderwatch.stack.merchant.Behaviour;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(StackExtension.class)
class ManualRetryIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final List<RedissonLocks> locks = new ArrayList<>();
    private final String cluster = "it-" + ThreadLocalRandom.current().nextInt(1_000_000_000);
    private String redis;
    private Outgoing outgoing;
    private ManualRetry retry;

    @BeforeEach
    void open(Stack stack) throws Exception {
        redis = stack.redisUri();
        outgoing = new Outgoing(stack);
        retry = outgoing.manualRetry(locks());
    }

    @AfterEach
    void close() throws Exception {
        outgoing.close();
        locks.forEach(RedissonLocks::close);
    }

    @Test
    void an_undelivered_one_is_delivered_now_and_the_next_time_left_alone() throws Exception {
        outgoing.orders("A", 1);
        outgoing.db.execute("UPDATE notifications SET next_attempt_at = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR");
        RetryAnswer now = only("A-1");
        assertEquals(Kind.DELIVERED, now.kind(), now.sentence());
        assertTrue(
                now.sentence().matches("ow_\\d+ \\(PAID\\) was delivered to merchant 5 now: HTTP 200 after \\d+ ms"));
        assertEquals(1, outgoing.count("DELIVERED"));
        assertEquals(
                "op@host 0 DELIVERED",
                outgoing.db.text("SELECT CONCAT(node, ' ', epoch, ' ', outcome) FROM notification_attempts"));
        assertEquals(
                "op@host retry-notify A-1",
                outgoing.db.text("SELECT CONCAT(actor, ' ', action, ' ', subject) FROM audit_log"));
        RetryAnswer again = only("A-1");
        assertEquals(Kind.ALREADY_DELIVERED, again.kind(), again.sentence());
        assertEquals(1, outgoing.merchant.stats().requests());
    }

    @Test
    void a_failure_says_why_and_when_the_cluster_goes_on() throws Exception {
        outgoing.orders("A", 1);
        outgoing.merchant.behave(Behaviour.parse("fail=503"));
        RetryAnswer answer = only("A-1");
        assertEquals(Kind.FAILED, answer.kind());
        assertTrue(answer.sentence().contains("was not accepted by merchant 5: STATUS HTTP 503"), answer.sentence());
        assertTrue(answer.sentence().contains("; the cluster tries again in "), answer.sentence());
        assertEquals(1, outgoing.count("READY"));
        assertEquals(1, outgoing.db.number("SELECT attempts FROM notifications"));
        assertEquals(Kind.FAILED, only("A-1").kind(), "its lock was freed");
    }

    @Test
    void a_dead_one_is_tried_once_more() throws Exception {
        outgoing.orders("A", 2);
        outgoing.db.execute("UPDATE notifications SET state = 'DEAD', attempts = 3, finished_at = UTC_TIMESTAMP(3)");
        assertEquals(Kind.DELIVERED, only("A-1").kind());
        outgoing.merchant.behave(Behaviour.parse("fail"));
        RetryAnswer answer = only("A-2");
        assertEquals(Kind.FAILED, answer.kind());
        assertTrue(answer.sentence().endsWith("that was its last try, and it is DEAD"), answer.sentence());
        assertEquals(1, outgoing.count("DEAD"));
    }

    @Test
    void what_a_node_is_sending_is_left_to_it() throws Exception {
        outgoing.orders("A", 1);
        long id = outgoing.db.number("SELECT id FROM notifications");
        outgoing.database.run(
                tx -> new NotificationStore().claim(tx, "node-2", List.of(id), 4711, Duration.ofSeconds(30)));
        RetryAnswer answer = only("A-1");
        assertEquals(Kind.BEING_SENT, answer.kind());
        assertTrue(answer.sentence().contains("is being sent by node-2"), answer.sentence());
        assertEquals(0, outgoing.merchant.stats().requests());
    }

    @Test
    void what_somebody_has_locked_is_given_back_without_a_try() throws Exception {
        outgoing.orders("A", 1);
        long id = outgoing.db.number("SELECT id FROM notifications");
        locks().acquire(List.of(id), 4711, Duration.ofSeconds(30));
        assertEquals(Kind.BEING_SENT, only("A-1").kind());
        assertEquals("READY 0", outgoing.db.text("SELECT CONCAT(state, ' ', attempts) FROM notifications"));
        assertEquals(0, outgoing.merchant.stats().requests());
    }

    @Test
    void switches_hold_for_operators_too() throws Exception {
        outgoing.orders("A", 1);
        outgoing.db.execute("UPDATE users SET status = 0");
        assertEquals(Kind.HELD, only("A-1").kind());
        assertEquals(0, outgoing.merchant.stats().requests());
    }

    @Test
    void what_cannot_be_sent_says_why() throws Exception {
        outgoing.orders("A", 1);
        outgoing.db.execute("UPDATE merchant_endpoints SET status = 0");
        RetryAnswer answer = only("A-1");
        assertEquals(Kind.UNREACHABLE, answer.kind());
        assertTrue(answer.sentence().endsWith("Merchant 5 has no endpoint that is on"), answer.sentence());
        assertEquals(1, outgoing.count("READY"));
    }

    @Test
    void an_order_that_is_unknown_or_has_nothing_to_tell_is_told_apart() throws Exception {
        assertEquals(Kind.UNKNOWN_ORDER, only("nowhere").kind());
        outgoing.db.execute("INSERT INTO orders (order_no, user_id, merchant_id) VALUES ('new', 1, 5)");
        assertEquals(Kind.NO_NOTIFICATION, only("new").kind());
    }

    /** The retry job and two operators go for the same orders at the same moment, again and again. */
    @Test
    void with_the_retry_job_and_another_operator_the_merchant_is_called_once() throws Exception {
        int count = 60;
        outgoing.orders("A", count);
        outgoing.merchant.behave(Behaviour.parse("slow=15"));
        Delivery delivery = outgoing.delivery(locks(), new MetricRegistry());
        NotifyRetryJob job = new NotifyRetryJob(outgoing.database, delivery);
        CyclicBarrier together = new CyclicBarrier(3);
        Callable<List<RetryAnswer>> operator = () -> {
            ManualRetry mine = outgoing.manualRetry(locks());
            together.await();
            List<RetryAnswer> answers = new ArrayList<>();
            for (int i = count; i >= 1; i--) {
                answers.addAll(mine.retry("A-" + i, "op@host"));
            }
            return answers;
        };
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Future<List<RetryAnswer>> one = threads.submit(operator);
            Future<List<RetryAnswer>> other = threads.submit(operator);
            outgoing.db.execute("UPDATE merchant_endpoints SET max_in_flight = 1");
            together.await();
            Awaitility.await().atMost(PATIENCE).until(() -> {
                job.sweep(outgoing.tenure());
                return outgoing.count("DELIVERED") == count;
            });
            Map<Kind, Integer> kinds = new EnumMap<>(Kind.class);
            one.get().forEach(answer -> kinds.merge(answer.kind(), 1, Integer::sum));
            other.get().forEach(answer -> kinds.merge(answer.kind(), 1, Integer::sum));
            assertEquals(count, outgoing.merchant.stats().requests(), () -> "called too often; operators got " + kinds);
            assertEquals(0, outgoing.merchant.stats().duplicated());
            assertEquals(2 * count, kinds.values().stream().mapToInt(n -> n).sum());
            assertTrue(kinds.getOrDefault(Kind.DELIVERED, 0) > 0, () -> "operators got " + kinds);
            // on a machine that is busy a claim may grow too old to be sent under, and the cluster goes on with it
            Stream.concat(one.get().stream(), other.get().stream())
                    .filter(answer -> answer.kind() == Kind.FAILED)
                    .forEach(answer -> assertTrue(answer.sentence().contains("was not sent"), answer.sentence()));
        } finally {
            threads.shutdownNow();
        }
    }

    private RetryAnswer only(String orderNo) throws InterruptedException {
        List<RetryAnswer> answers = retry.retry(orderNo, "op@host");
        assertEquals(1, answers.size(), answers::toString);
        return answers.get(0);
    }

    private RedissonLocks locks() {
        RedissonLocks one = RedissonLocks.open(RedisSettings.of(redis), cluster, new MetricRegistry(), Ticker.system());
        // its first connection may take longer than an answer may
        Awaitility.await().atMost(PATIENCE).until(one::reachable);
        synchronized (locks) {
            locks.add(one);
        }
        return one;
    }
}

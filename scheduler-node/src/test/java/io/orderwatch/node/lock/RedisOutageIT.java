package io.orderwatch.node.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import io.orderwatch.job.Ticker;
import io.orderwatch.job.notification.Delivery;
import io.orderwatch.job.notification.NotifyRetryJob;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import io.orderwatch.stack.merchant.Behaviour;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.redisson.api.RedissonClient;

/** Redis holds nothing that delivery needs: it may go, come back empty, or be flushed under way. */
@ExtendWith(StackExtension.class)
class RedisOutageIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int ORDERS = 1_500;

    private final MetricRegistry metrics = new MetricRegistry();

    @Test
    void nothing_is_lost_or_doubled_while_redis_goes_and_comes_back_empty(Stack stack) throws Exception {
        String cluster = "it-" + ThreadLocalRandom.current().nextInt(1_000_000_000);
        try (RedisLine line = new RedisLine(stack.redisUri());
                Outgoing outgoing = new Outgoing(stack);
                RedissonLocks locks =
                        RedissonLocks.open(RedisSettings.of(line.uri()), cluster, metrics, Ticker.system())) {
            outgoing.orders("A", ORDERS);
            outgoing.db.execute("UPDATE merchant_endpoints SET max_in_flight = 10");
            outgoing.merchant.behave(Behaviour.parse("slow=10"));
            Delivery delivery = outgoing.delivery(locks, metrics);
            NotifyRetryJob job = new NotifyRetryJob(outgoing.database, delivery);
            LongSupplier delivered = () -> {
                job.sweep(outgoing.tenure());
                return outgoing.count("DELIVERED");
            };

            Awaitility.await().atMost(PATIENCE).until(() -> delivered.getAsLong() > ORDERS / 10);
            line.cut();
            long atTheCut = outgoing.count("DELIVERED");
            Awaitility.await().atMost(PATIENCE).until(() -> delivered.getAsLong() > atTheCut + ORDERS / 10);
            assertTrue(metrics.counter("notification.lock_fallback").getCount() > 0, "the fault has bitten");
            flush(stack, cluster);
            line.heal();
            long atTheHealing = outgoing.count("DELIVERED");
            Awaitility.await().atMost(PATIENCE).until(() -> delivered.getAsLong() > atTheHealing + ORDERS / 10);
            line.dark();
            Awaitility.await().atMost(PATIENCE).until(() -> delivered.getAsLong() == ORDERS);

            assertEquals(ORDERS, outgoing.merchant.distinct());
            assertEquals(0, outgoing.merchant.stats().duplicated());
            assertEquals(ORDERS, outgoing.db.number("SELECT COUNT(*) FROM notification_attempts"));
            Awaitility.await().atMost(PATIENCE).until(() -> delivery.claimed() == 0);
        }
    }

    private static void flush(Stack stack, String cluster) {
        RedissonClient client = new RedissonClientFactory().create(RedisSettings.of(stack.redisUri()));
        try {
            client.getKeys().deleteByPattern("orderwatch:" + cluster + ":*");
        } finally {
            client.shutdown();
        }
    }
}

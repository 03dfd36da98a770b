package io.orderwatch.bench;

import com.codahale.metrics.MetricRegistry;
import io.orderwatch.job.KillPoints;
import io.orderwatch.job.ShardJob;
import io.orderwatch.job.Tenure;
import io.orderwatch.job.Ticker;
import io.orderwatch.job.UserLog;
import io.orderwatch.job.notification.AddressPolicy;
import io.orderwatch.job.notification.Channels;
import io.orderwatch.job.notification.Delivery;
import io.orderwatch.job.notification.DeliverySettings;
import io.orderwatch.job.notification.HttpChannel;
import io.orderwatch.job.notification.HttpChannelSettings;
import io.orderwatch.job.notification.MerchantHealth;
import io.orderwatch.job.notification.NotifyRetryJob;
import io.orderwatch.job.order.OrderScanJob;
import io.orderwatch.job.order.OrderSettings;
import io.orderwatch.node.breaker.BreakerSettings;
import io.orderwatch.node.breaker.RedisBreakers;
import io.orderwatch.node.lock.RedisSettings;
import io.orderwatch.node.lock.RedissonLocks;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** What a node delivers with, all of it, in this process: claims, locks, breakers, attempt rows. */
final class Engine implements AutoCloseable {

    private static final Duration TICK = Duration.ofMillis(500);

    private final List<Thread> loops = new ArrayList<>();
    private final RedissonLocks locks;
    private final RedisBreakers breakers;
    private final MerchantHealth health;
    private final HttpChannel channel;
    private final Delivery delivery;
    private final NotifyRetryJob retry;
    private final OrderScanJob scan;
    private final AllShards shards = new AllShards();
    private volatile boolean stopped;

    Engine(World world, int maxInFlight) {
        MetricRegistry metrics = new MetricRegistry();
        RedisSettings redis = RedisSettings.of(world.stack().redisUri());
        DeliverySettings defaults = DeliverySettings.defaults();
        DeliverySettings settings = new DeliverySettings(
                maxInFlight,
                defaults.claimAhead(maxInFlight),
                defaults.queueLimit(),
                defaults.merchantQueueLimit(),
                defaults.batchSize(),
                defaults.linger(),
                defaults.deadline(),
                defaults.leaseMargin(),
                defaults.isolation());
        HttpChannelSettings http = HttpChannelSettings.defaults("bench");
        this.locks = RedissonLocks.open(redis, "bench", metrics, Ticker.system());
        this.health = new MerchantHealth(world.database(), "bench");
        this.breakers = RedisBreakers.open(
                redis,
                "bench-" + System.nanoTime(),
                "bench",
                BreakerSettings.defaults(),
                health::breakerChanged,
                metrics,
                InstantSource.system(),
                Ticker.system());
        this.channel = new HttpChannel(
                new HttpChannelSettings(
                        maxInFlight,
                        http.connectTimeout(),
                        http.deadline(),
                        http.bodyLimit(),
                        http.ioThreads(),
                        http.userAgent(),
                        AddressPolicy.internetAnd(List.of("127.0.0.0/8"))),
                InstantSource.system());
        this.delivery = new Delivery(
                settings,
                world.database(),
                shards,
                Channels.of(channel),
                locks,
                breakers,
                health,
                () -> 1,
                metrics,
                new UserLog(),
                InstantSource.system(),
                Ticker.system(),
                KillPoints.NONE);
        this.retry = new NotifyRetryJob(world.database(), delivery);
        this.scan = new OrderScanJob(
                world.database(),
                new OrderSettings(1_000, Duration.ofMinutes(30), 64 * 1024),
                delivery,
                new UserLog(),
                metrics);
    }

    /** As a node is that has nothing to do: connected, its threads running. */
    void open() {
        health.start();
        breakers.start();
        delivery.start();
        if (!locks.reachable()) {
            throw new IllegalStateException("Redis does not answer");
        }
    }

    /** Begins to look for work. */
    void startSweeping() {
        loop(retry);
        loop(scan);
    }

    Delivery delivery() {
        return delivery;
    }

    private void loop(ShardJob job) {
        Thread thread = new Thread(() -> sweep(job), job.name());
        loops.add(thread);
        thread.start();
    }

    private void sweep(ShardJob job) {
        try {
            while (!stopped) {
                boolean more;
                try (Tenure tenure = shards.begin()) {
                    more = job.sweep(tenure).more();
                }
                if (!more) {
                    Thread.sleep(TICK.toMillis());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws InterruptedException {
        stopped = true;
        for (Thread loop : loops) {
            loop.join(Duration.ofSeconds(10).toMillis());
        }
        delivery.close();
        channel.close();
        breakers.close();
        health.close();
        locks.close();
    }
}

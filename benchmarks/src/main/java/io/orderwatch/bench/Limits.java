package io.orderwatch.bench;

import com.codahale.metrics.MetricRegistry;
import io.orderwatch.dao.Database;
import io.orderwatch.dao.notification.AttemptResult;
import io.orderwatch.dao.notification.ClaimResult;
import io.orderwatch.dao.notification.DueNotification;
import io.orderwatch.dao.notification.Next;
import io.orderwatch.dao.notification.NotificationStore;
import io.orderwatch.dao.notification.Visit;
import io.orderwatch.dao.shard.ShardLease;
import io.orderwatch.dao.shard.ShardStore;
import io.orderwatch.job.Tenure;
import io.orderwatch.job.Ticker;
import io.orderwatch.job.UserLog;
import io.orderwatch.job.notification.Intake;
import io.orderwatch.job.order.OrderScanJob;
import io.orderwatch.job.order.OrderSettings;
import io.orderwatch.node.lock.RedisSettings;
import io.orderwatch.node.lock.RedissonLocks;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.stream.LongStream;
import org.apache.hc.client5.http.async.methods.SimpleHttpRequest;
import org.apache.hc.client5.http.async.methods.SimpleHttpResponse;
import org.apache.hc.client5.http.async.methods.SimpleRequestBuilder;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.ContentType;

/** How fast each part is when it has the machine to itself, one after the other. */
final class Limits {

    private static final int BATCH = 500;
    private static final int IN_FLIGHT = 200;

    private final World world;
    private final AllShards shards = new AllShards();

    Limits(World world) {
        this.world = world;
    }

    /** Orders a second: noticed, logged, their notifications written. */
    double scan(int count, int merchants) {
        world.orders(count, merchants);
        world.pay();
        OrderScanJob scan = new OrderScanJob(
                world.database(),
                new OrderSettings(1_000, Duration.ofMinutes(30), 64 * 1024),
                new Nowhere(),
                new UserLog(),
                new MetricRegistry());
        long before = System.nanoTime();
        boolean more = true;
        while (more) {
            try (Tenure tenure = shards.begin()) {
                more = scan.sweep(tenure).worked() > 0;
            }
        }
        return rate(count, before);
    }

    /** Notifications a second: claimed, their attempts and results written; of what {@link #scan} left behind. */
    double claimAndRecord(int count) {
        Database database = world.database();
        NotificationStore notifications = new NotificationStore();
        ShardStore shardStore = new ShardStore();
        List<Long> ids = database.inTransaction(tx -> {
            Map<Integer, Integer> limits = new HashMap<>();
            shards.begin().leases().forEach(lease -> limits.put(lease.shard(), count));
            return notifications.due(tx, limits).stream().map(due -> due.id()).toList();
        });
        long before = System.nanoTime();
        for (int i = 0; i < ids.size(); i += BATCH) {
            List<Long> batch = ids.subList(i, Math.min(ids.size(), i + BATCH));
            long token = i + 1;
            database.run(tx -> {
                shardStore.fence(tx, "bench", shards.begin().leases());
                notifications.claim(tx, "bench", batch, token, Duration.ofSeconds(15));
            });
            List<AttemptResult> results = new ArrayList<>();
            for (Long id : batch) {
                Visit visit =
                        new Visit(1L, Instant.now(), Duration.ofMillis(1), "DELIVERED", 200, null, Visit.Doubt.NONE);
                results.add(new AttemptResult(id, token, 1, 1, List.of(visit), new Next.Delivered()));
            }
            database.run(tx -> notifications.record(tx, "bench", results));
        }
        return rate(ids.size(), before);
    }

    /** Claims a second, of what waits: one batch after the other looked up and claimed, till so many are or none is left. */
    double claim(int count) {
        Database database = world.database();
        NotificationStore notifications = new NotificationStore();
        ShardStore shardStore = new ShardStore();
        List<ShardLease> leases = shards.begin().leases();
        Map<Integer, Integer> limits = new HashMap<>();
        leases.forEach(lease -> limits.put(lease.shard(), BATCH / leases.size()));
        int claimed = 0;
        long before = System.nanoTime();
        while (claimed < count) {
            long token = claimed + 1;
            List<Long> ids = database.inTransaction(tx -> notifications.due(tx, limits)).stream()
                    .map(DueNotification::id)
                    .toList();
            if (ids.isEmpty()) {
                break;
            }
            ClaimResult result = database.inTransaction(tx -> {
                shardStore.fence(tx, "bench", leases);
                return notifications.claim(tx, "bench", ids, token, Duration.ofMinutes(1));
            });
            claimed += result.claimed().size();
        }
        return rate(claimed, before);
    }

    /** Locks a second: taken and freed in batches. */
    double locks(int count) {
        try (RedissonLocks locks = RedissonLocks.open(
                RedisSettings.of(world.stack().redisUri()), "limits", new MetricRegistry(), Ticker.system())) {
            locks.acquire(List.of(0L), 1, Duration.ofSeconds(1));
            long before = System.nanoTime();
            for (long i = 0; i < count; i += BATCH) {
                List<Long> ids = LongStream.range(i, i + BATCH).boxed().toList();
                locks.acquire(ids, 1, Duration.ofSeconds(15));
                Map<Long, Long> tokens = new HashMap<>();
                ids.forEach(id -> tokens.put(id, 1L));
                locks.release(tokens);
            }
            return rate(count, before);
        }
    }

    /** Calls a second, with nothing signed or looked at. */
    double post(int count, int merchants) throws Exception {
        try (CloseableHttpAsyncClient client = HttpAsyncClients.custom()
                .setConnectionManager(PoolingAsyncClientConnectionManagerBuilder.create()
                        .setMaxConnTotal(IN_FLIGHT + 32)
                        .setMaxConnPerRoute(IN_FLIGHT + 32)
                        .build())
                .build()) {
            client.start();
            Semaphore slots = new Semaphore(IN_FLIGHT);
            CountDownLatch left = new CountDownLatch(count);
            FutureCallback<SimpleHttpResponse> then = new FutureCallback<>() {
                @Override
                public void completed(SimpleHttpResponse response) {
                    slots.release();
                    left.countDown();
                }

                @Override
                public void failed(Exception cause) {
                    completed(null);
                }

                @Override
                public void cancelled() {
                    completed(null);
                }
            };
            long before = System.nanoTime();
            for (int i = 0; i < count; i++) {
                slots.acquire();
                SimpleHttpRequest request = SimpleRequestBuilder.post(
                                world.merchants().address(1 + i % merchants))
                        .setBody(
                                "{\"order\":\"B\",\"status\":\"PAID\",\"amount\":\"12.30\"}",
                                ContentType.APPLICATION_JSON)
                        .build();
                client.execute(request, then);
            }
            left.await();
            return rate(count, before);
        }
    }

    private static double rate(int count, long before) {
        return count / ((System.nanoTime() - before) / 1e9);
    }

    /** What is written is found by who looks for it. */
    private static final class Nowhere implements Intake {

        @Override
        public boolean crowded(long merchantId) {
            return false;
        }

        @Override
        public int offer(List<DueNotification> due) {
            return 0;
        }

        @Override
        public int awaitPlaces(int most) {
            return most;
        }

        @Override
        public Reservation reserve() {
            return Reservation.NONE;
        }
    }
}

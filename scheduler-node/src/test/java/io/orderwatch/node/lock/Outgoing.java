package io.orderwatch.node.lock;

import com.codahale.metrics.MetricRegistry;
import io.orderwatch.dao.Database;
import io.orderwatch.dao.TestDatabase;
import io.orderwatch.dao.notification.NewNotification;
import io.orderwatch.dao.notification.NotificationStore;
import io.orderwatch.dao.order.OrderState;
import io.orderwatch.dao.shard.GrantReason;
import io.orderwatch.dao.shard.ShardLease;
import io.orderwatch.dao.shard.ShardStore;
import io.orderwatch.job.KillPoints;
import io.orderwatch.job.Ownership;
import io.orderwatch.job.Tenure;
import io.orderwatch.job.Ticker;
import io.orderwatch.job.UserLog;
import io.orderwatch.job.notification.AddressPolicy;
import io.orderwatch.job.notification.Breakers;
import io.orderwatch.job.notification.Channels;
import io.orderwatch.job.notification.Delivery;
import io.orderwatch.job.notification.DeliverySettings;
import io.orderwatch.job.notification.HttpChannel;
import io.orderwatch.job.notification.HttpChannelSettings;
import io.orderwatch.job.notification.ManualRetry;
import io.orderwatch.job.notification.MerchantHealth;
import io.orderwatch.job.notification.NotificationLocks;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.merchant.Merchant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/** A schema with a user, a merchant that counts, and orders with notifications that wait. */
final class Outgoing implements AutoCloseable {

    static final String NODE = "node-1";
    private static final long USER = 1;
    private static final long MERCHANT = 5;

    final TestDatabase db;
    final Database database;
    final Merchant merchant;
    private final List<ShardLease> leases;
    private final List<AutoCloseable> open = new ArrayList<>();

    Outgoing(Stack stack) throws InterruptedException {
        db = TestDatabase.create(stack);
        database = db.database();
        merchant = Merchant.start(0, Merchant::secretOf, InstantSource.system(), (id, at) -> {});
        db.execute("INSERT INTO users (id) VALUES (?)", USER);
        db.execute("INSERT INTO merchants (id, retry_delays) VALUES (?, '60s,60s')", MERCHANT);
        db.execute(
                "INSERT INTO merchant_endpoints (merchant_id, url, secret) VALUES (?, ?, ?)",
                MERCHANT,
                merchant.address(MERCHANT).toString(),
                Merchant.secretOf(MERCHANT));
        ShardStore shards = new ShardStore();
        database.run(tx -> shards.ensureShards(tx, TestDatabase.SHARDS));
        database.run(tx -> IntStream.range(0, TestDatabase.SHARDS)
                .forEach(shard -> shards.grant(tx, shard, 0, NODE, 1, GrantReason.FREE)));
        leases = IntStream.range(0, TestDatabase.SHARDS)
                .mapToObj(shard -> new ShardLease(shard, 1))
                .toList();
    }

    /** Orders {@code prefix-1} to {@code prefix-count}, each with a notification that it was paid. */
    void orders(String prefix, int count) {
        List<NewNotification> rows = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            String orderNo = prefix + "-" + i;
            db.execute(
                    "INSERT INTO orders (order_no, user_id, merchant_id, status, seen_status) VALUES (?, ?, ?, 'PAID', 'PAID')",
                    orderNo,
                    USER,
                    MERCHANT);
            long order = db.number("SELECT id FROM orders WHERE order_no = ?", orderNo);
            long id = NewNotification.idOf(order, OrderState.PAID);
            rows.add(new NewNotification(id, order, USER, null, null, MERCHANT, 0, OrderState.PAID, "{}"));
        }
        database.run(tx -> new NotificationStore().create(tx, rows));
    }

    Delivery delivery(NotificationLocks locks, MetricRegistry metrics) {
        Delivery delivery = new Delivery(
                DeliverySettings.defaults(),
                database,
                ownership(),
                Channels.of(channel()),
                locks,
                Breakers.none(),
                new MerchantHealth(database, "node-1"),
                () -> 1,
                metrics,
                new UserLog(),
                InstantSource.system(),
                Ticker.system(),
                KillPoints.NONE);
        delivery.start();
        open.add(delivery);
        return delivery;
    }

    ManualRetry manualRetry(NotificationLocks locks) {
        return new ManualRetry(
                database,
                Channels.of(channel()),
                locks,
                DeliverySettings.defaults(),
                InstantSource.system(),
                Ticker.system());
    }

    private HttpChannel channel() {
        HttpChannel channel = new HttpChannel(
                HttpChannelSettings.defaults("test").allowing(AddressPolicy.internetAnd(List.of("127.0.0.0/8"))),
                InstantSource.system());
        open.add(0, channel);
        return channel;
    }

    Tenure tenure() {
        return new Tenure() {
            @Override
            public String node() {
                return NODE;
            }

            @Override
            public List<ShardLease> leases() {
                return leases;
            }

            @Override
            public boolean valid() {
                return true;
            }

            @Override
            public void close() {}
        };
    }

    private Ownership ownership() {
        return new Ownership() {
            @Override
            public String node() {
                return NODE;
            }

            @Override
            public Tenure begin() {
                return tenure();
            }

            @Override
            public OptionalLong epoch(int shard) {
                return OptionalLong.of(1);
            }
        };
    }

    long count(String state) {
        return db.number("SELECT COUNT(*) FROM notifications WHERE state = ?", state);
    }

    @Override
    public void close() throws Exception {
        // deliveries, which were added last, before the channels that they use
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
        merchant.close();
        db.close();
    }
}

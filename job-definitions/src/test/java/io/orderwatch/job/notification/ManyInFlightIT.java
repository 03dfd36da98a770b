package io.orderwatch.job.notification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import io.orderwatch.dao.Database;
import io.orderwatch.dao.TestDatabase;
import io.orderwatch.dao.notification.NewNotification;
import io.orderwatch.dao.notification.NotificationStore;
import io.orderwatch.dao.order.OrderState;
import io.orderwatch.job.KillPoints;
import io.orderwatch.job.Tenure;
import io.orderwatch.job.TestOwnership;
import io.orderwatch.job.Ticker;
import io.orderwatch.job.UserLog;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import io.orderwatch.stack.merchant.Behaviour;
import io.orderwatch.stack.merchant.Merchant;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What limits a node is how many requests may be open, not threads: two thousand are, and each counts once. */
@ExtendWith(StackExtension.class)
class ManyInFlightIT {

    private static final int OPEN = 2_000;
    private static final int MERCHANTS = 50;
    private static final int ALL = 5_000;

    @Test
    void two_thousand_open_requests_to_slow_merchants_lose_none_and_double_none(Stack stack) throws Exception {
        try (TestDatabase db = TestDatabase.create(stack);
                Merchant merchant = Merchant.start(0, Merchant::secretOf, InstantSource.system(), (id, at) -> {});
                HttpChannel channel = new HttpChannel(
                        HttpChannelSettings.defaults("test")
                                .allowing(AddressPolicy.internetAnd(List.of("127.0.0.0/8"))),
                        InstantSource.system())) {
            merchant.behave(Behaviour.parse("slow=2500"));
            fill(db, merchant);
            Database database = db.database();
            TestOwnership ownership = TestOwnership.ofAll(database, "node-1");
            MapLocks locks = new MapLocks();
            int threads = Thread.activeCount();
            try (Delivery delivery = new Delivery(
                    trusting(),
                    database,
                    ownership,
                    Channels.of(channel),
                    locks,
                    Breakers.none(),
                    new MerchantHealth(database, "node-1"),
                    () -> 1,
                    new MetricRegistry(),
                    new UserLog(),
                    InstantSource.system(),
                    Ticker.system(),
                    KillPoints.NONE)) {
                delivery.start();
                NotifyRetryJob job = new NotifyRetryJob(database, delivery);
                int[] most = new int[2];
                Awaitility.await()
                        .atMost(Duration.ofSeconds(60))
                        .pollInterval(Duration.ofMillis(10))
                        .until(() -> {
                            try (Tenure tenure = ownership.begin()) {
                                job.sweep(tenure);
                            }
                            most[0] = Math.max(most[0], delivery.lanes().sending());
                            most[1] = Math.max(most[1], Thread.activeCount() - threads);
                            return db.number("SELECT COUNT(*) FROM notifications WHERE state = 'DELIVERED'") == ALL;
                        });
                Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> delivery.claimed() == 0);
                assertEquals(OPEN, most[0], "open at a time");
                assertTrue(most[1] < 50, most[1] + " threads more");
            }
            assertEquals(ALL, merchant.distinct());
            assertEquals(0, merchant.stats().duplicated());
            assertEquals(0, merchant.stats().rejected());
            assertEquals(ALL, db.number("SELECT COUNT(*) FROM notification_attempts WHERE outcome = 'DELIVERED'"));
            assertEquals(ALL, db.number("SELECT COUNT(*) FROM notification_attempts"), "no try was in vain");
            assertEquals(0, locks.held.size());
        }
    }

    /** As many as their rows say from the first, and none of them slow. */
    private static DeliverySettings trusting() {
        DeliverySettings defaults = DeliverySettings.defaults();
        return new DeliverySettings(
                OPEN,
                defaults.claimAhead(),
                defaults.queueLimit(),
                defaults.merchantQueueLimit(),
                defaults.batchSize(),
                defaults.linger(),
                defaults.deadline(),
                defaults.leaseMargin(),
                new Isolation(64, Duration.ofSeconds(8), 10, Duration.ofMinutes(1)));
    }

    private static void fill(TestDatabase db, Merchant merchant) {
        for (long user = 1; user <= 16; user++) {
            db.execute("INSERT INTO users (id) VALUES (?)", user);
        }
        for (long id = 1; id <= MERCHANTS; id++) {
            db.execute("INSERT INTO merchants (id) VALUES (?)", id);
            db.execute(
                    "INSERT INTO merchant_endpoints (merchant_id, url, secret) VALUES (?, ?, ?)",
                    id,
                    merchant.address(id).toString(),
                    Merchant.secretOf(id));
        }
        List<NewNotification> rows = new ArrayList<>();
        for (long order = 1; order <= ALL; order++) {
            rows.add(new NewNotification(
                    NewNotification.idOf(order, OrderState.PAID),
                    order,
                    1 + order % 16,
                    null,
                    null,
                    1 + order % MERCHANTS,
                    (int) ((1 + order % 16) % TestDatabase.SHARDS),
                    OrderState.PAID,
                    "{}"));
        }
        db.database().run(tx -> new NotificationStore().create(tx, rows));
    }
}

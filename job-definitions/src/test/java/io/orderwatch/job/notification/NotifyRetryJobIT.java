package io.orderwatch.job.notification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import io.orderwatch.dao.Database;
import io.orderwatch.dao.TestDatabase;
import io.orderwatch.job.KillPoints;
import io.orderwatch.job.Sweep;
import io.orderwatch.job.Tenure;
import io.orderwatch.job.TestOwnership;
import io.orderwatch.job.Ticker;
import io.orderwatch.job.UserLog;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import io.orderwatch.stack.merchant.Behaviour;
import io.orderwatch.stack.merchant.Merchant;
import java.sql.Connection;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What one merchant's backlog does to the others: nothing. */
@ExtendWith(StackExtension.class)
class NotifyRetryJobIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** Of the shard that all rows of these tests are in. */
    private static final long USER = 3;

    private final List<AutoCloseable> open = new ArrayList<>();
    private final FakeBreakers breakers = new FakeBreakers();
    private TestDatabase db;
    private Database database;
    private TestOwnership ownership;
    private Merchant merchants;
    private NotifyRetryJob job;

    @BeforeEach
    void open(Stack stack) throws Exception {
        db = TestDatabase.create(stack);
        database = db.database();
        ownership = TestOwnership.ofAll(database, "node-1");
        merchants = Merchant.start(0, Merchant::secretOf, InstantSource.system(), (id, at) -> {});
        db.execute("INSERT INTO users (id) VALUES (?)", USER);
        db.execute("CREATE TABLE numbers (n INT PRIMARY KEY)");
        db.execute("INSERT INTO numbers WITH RECURSIVE c AS (SELECT 0 AS n UNION ALL SELECT n + 1 FROM c WHERE n < 999)"
                + " SELECT n FROM c");
        merchant(1);
        merchant(2);
    }

    private void merchant(long id) {
        db.execute("INSERT INTO merchants (id, name) VALUES (?, 'a shop')", id);
        db.execute(
                "INSERT INTO merchant_endpoints (id, merchant_id, url, secret) VALUES (?, ?, ?, ?)",
                id,
                id,
                merchants.address(id).toString(),
                Merchant.secretOf(id));
    }

    @AfterEach
    void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
        merchants.close();
        db.close();
    }

    /** The queue holds more of a shard than a look-up takes, and all of it is still due. */
    @Test
    void what_is_queued_hides_nothing_that_is_due_behind_it() {
        Delivery delivery = start(2_000);
        backlog(1, 1_000);
        merchants.behave(1, Behaviour.parse("slow=9000"));
        sweepUntil(() -> delivery.queued() > 900);
        backlog(2, 5);
        sweepUntil(() -> delivered(2) == 5);
        assertEquals(0, delivered(1));
    }

    /** All that a look-up finds is being claimed, and due until that is committed. */
    @Test
    void what_is_being_claimed_hides_nothing_that_is_due_behind_it() throws Exception {
        Delivery delivery = start(10);
        for (long merchant = 3; merchant <= 30; merchant++) {
            merchant(merchant);
            backlog(merchant, 1);
        }
        try (Connection other = db.pool().getConnection()) {
            TestDatabase.execute(other, "UPDATE shard_leases SET epoch = epoch");
            int found = sweep().worked();
            assertTrue(found < 28, "a look-up takes " + found);
            Awaitility.await().atMost(PATIENCE).until(() -> delivery.queued() == 0 && delivery.claimed() == found);
            Sweep again = sweep();
            assertEquals(0, again.worked());
            assertTrue(again.more(), "the rest must not wait for the next tick");
            other.rollback();
        }
        Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(1)).until(() -> !sweep().more());
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> db.number("SELECT COUNT(*) FROM notifications WHERE state = 'DELIVERED'") == 28);
    }

    @Test
    void what_has_no_room_is_parked_and_the_others_are_found_behind_it() {
        Delivery delivery = start(100);
        backlog(1, 1_000);
        backlog(2, 5);
        merchants.behave(1, Behaviour.parse("slow=5000"));
        sweepUntil(() -> parked() >= 700);
        sweepUntil(() -> delivered(2) == 5);
        merchants.behave(1, Behaviour.OK);
        // and whoever comes after a restart finds what is parked
        job = new NotifyRetryJob(database, delivery);
        sweepUntil(() -> delivered(1) == 1_000);
        assertEquals(0, parked());
        assertEquals(1_005, merchants.stats().requests());
        assertEquals(0, merchants.stats().duplicated());
    }

    @Test
    void what_is_due_of_a_merchant_that_is_off_is_looked_at_once_until_it_is_on_again() {
        start(2_000);
        db.execute("UPDATE merchants SET status = 0 WHERE id = 1");
        backlog(1, 100);
        sweepUntil(() -> parked() == 100);
        for (int i = 0; i < 5; i++) {
            sweep();
        }
        assertEquals(100, parked());
        db.execute("UPDATE merchants SET status = 1 WHERE id = 1");
        sweepUntil(() -> delivered(1) == 100);
        assertEquals(100, merchants.stats().requests());
    }

    @Test
    void what_an_open_breaker_holds_back_waits_and_uses_up_no_try() {
        start(2_000);
        db.execute("UPDATE merchant_endpoints SET max_in_flight = 1");
        backlog(1, 1);
        sweepUntil(() -> delivered(1) == 1);
        merchants.behave(1, Behaviour.parse("slow=700"));
        backlog(1, 40);
        sweepUntil(() -> merchants.stats().requests() == 2);
        breakers.open(1, 1);
        sweepUntil(() -> parked() == 39);
        assertEquals(0, db.number("SELECT COUNT(*) FROM notifications WHERE held = 3 AND attempts > 0"));
        long wait = db.number("SELECT MIN(TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(3), next_attempt_at)) FROM notifications"
                + " WHERE held = 3");
        assertTrue(wait > 30 && wait <= 60, () -> "waits " + wait + " s");
        assertEquals(2, merchants.stats().requests());

        db.execute("UPDATE notifications SET next_attempt_at = UTC_TIMESTAMP(3) WHERE held = 3");
        merchants.behave(1, Behaviour.OK);
        breakers.probe(1);
        sweepUntil(() -> delivered(1) == 41);
        assertEquals("1 ok probe", breakers.reports.get(2));
        assertEquals(41, merchants.stats().requests());
        assertEquals(0, db.number("SELECT COUNT(*) FROM notification_attempts WHERE attempt > 1"));
    }

    private Delivery start(int perMerchant) {
        DeliverySettings defaults = DeliverySettings.defaults();
        DeliverySettings settings = new DeliverySettings(
                defaults.maxInFlight(),
                defaults.claimAhead(),
                defaults.queueLimit(),
                perMerchant,
                defaults.batchSize(),
                defaults.linger(),
                defaults.deadline(),
                defaults.leaseMargin(),
                defaults.isolation());
        HttpChannel channel = new HttpChannel(
                HttpChannelSettings.defaults("test").allowing(AddressPolicy.internetAnd(List.of("127.0.0.0/8"))),
                InstantSource.system());
        open.add(channel);
        Delivery delivery = new Delivery(
                settings,
                database,
                ownership,
                Channels.of(channel),
                new MapLocks(),
                breakers,
                new MerchantHealth(database, "node-1"),
                () -> 1,
                new MetricRegistry(),
                new UserLog(),
                InstantSource.system(),
                Ticker.system(),
                KillPoints.NONE);
        delivery.start();
        open.add(delivery);
        job = new NotifyRetryJob(database, delivery);
        return delivery;
    }

    private Sweep sweep() {
        try (Tenure tenure = ownership.begin()) {
            return job.sweep(tenure);
        }
    }

    private void sweepUntil(java.util.concurrent.Callable<Boolean> condition) {
        Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(() -> {
            sweep();
            return condition.call();
        });
    }

    private void backlog(long merchant, int count) {
        db.execute(
                "INSERT INTO notifications (id, order_id, user_id, merchant_id, event, body, next_attempt_at)"
                        + " SELECT (SELECT COUNT(*) * 16 FROM notifications) + n * 16 + 1, 1, ?, ?, 'PAID', '{}',"
                        + " UTC_TIMESTAMP(3) FROM numbers WHERE n < ?",
                USER,
                merchant,
                count);
    }

    private long delivered(long merchant) {
        return db.number("SELECT COUNT(*) FROM notifications WHERE state = 'DELIVERED' AND merchant_id = ?", merchant);
    }

    private long parked() {
        return db.number("SELECT COUNT(*) FROM notifications WHERE held = 3 AND lane <> 0");
    }
}

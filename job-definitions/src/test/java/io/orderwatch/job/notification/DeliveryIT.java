package io.orderwatch.job.notification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import io.orderwatch.dao.Database;
import io.orderwatch.dao.TestDatabase;
import io.orderwatch.dao.notification.AttemptResult;
import io.orderwatch.dao.notification.DueNotification;
import io.orderwatch.dao.notification.NewNotification;
import io.orderwatch.dao.notification.Next;
import io.orderwatch.dao.notification.NotificationStore;
import io.orderwatch.dao.notification.Visit;
import io.orderwatch.dao.order.OrderState;
import io.orderwatch.job.KillPoints;
import io.orderwatch.job.Sweep;
import io.orderwatch.job.Tenure;
import io.orderwatch.job.TestOwnership;
import io.orderwatch.job.Ticker;
import io.orderwatch.job.UserLog;
import io.orderwatch.job.order.OrderScanJob;
import io.orderwatch.job.order.OrderSettings;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import io.orderwatch.stack.merchant.Behaviour;
import io.orderwatch.stack.merchant.Merchant;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(StackExtension.class)
class DeliveryIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long USER = 1;

    private final MetricRegistry metrics = new MetricRegistry();
    private final FakeBreakers breakers = new FakeBreakers();
    private final MapLocks locks = new MapLocks();
    private final List<AutoCloseable> open = new ArrayList<>();
    private TestDatabase db;
    private Database database;
    private TestOwnership ownership;
    private Merchant merchant;
    private HttpChannel channel;
    private long nextOrder = 1;

    @BeforeEach
    void open(Stack stack) throws Exception {
        db = TestDatabase.create(stack);
        database = db.database();
        ownership = TestOwnership.ofAll(database, "node-1");
        merchant = Merchant.start(0, Merchant::secretOf, InstantSource.system(), (id, at) -> {});
        channel = new HttpChannel(
                HttpChannelSettings.defaults("test").allowing(AddressPolicy.internetAnd(List.of("127.0.0.0/8"))),
                InstantSource.system());
        for (long user = USER; user <= 16; user++) {
            db.execute("INSERT INTO users (id) VALUES (?)", user);
        }
    }

    @AfterEach
    void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
        channel.close();
        merchant.close();
        db.close();
    }

    @Test
    void what_waits_is_delivered_once_and_leaves_nothing_behind() {
        LongStream.rangeClosed(1, 20).forEach(this::merchantRow);
        notifications(2_000, 20);
        Delivery delivery = start(settings());
        sweepUntilDelivered(delivery, 2_000);
        Awaitility.await().atMost(PATIENCE).until(() -> delivery.claimed() == 0);
        assertEquals(2_000, merchant.distinct());
        assertEquals(0, merchant.stats().duplicated());
        assertEquals(0, merchant.stats().rejected(), "each is signed");
        assertEquals(
                2_000,
                db.number("SELECT COUNT(*) FROM notification_attempts WHERE outcome = 'DELIVERED' AND http_status = 200"
                        + " AND attempt = 1 AND node = 'node-1' AND epoch = 1 AND endpoint_id IS NOT NULL"));
        assertEquals(
                2_000, db.number("SELECT COUNT(*) FROM notifications WHERE attempts = 1 AND finished_at IS NOT NULL"));
        assertEquals(0, locks.held.size());
        assertEquals(2_000, metrics.meter("notification.delivered").getCount());
        assertEquals(0, metrics.counter("notification.possible_duplicate").getCount());
    }

    @Test
    void what_is_noticed_is_claimed_as_it_is_written_and_told_once() {
        LongStream.rangeClosed(1, 4).forEach(this::merchantRow);
        Delivery delivery = start(settings());
        OrderScanJob scan = new OrderScanJob(
                database,
                new OrderSettings(500, Duration.ofMinutes(30), 1024),
                delivery,
                new UserLog(),
                new MetricRegistry());
        for (int round = 0; round < 5; round++) {
            for (int i = 0; i < 40; i++) {
                db.execute(
                        "INSERT INTO orders (order_no, user_id, merchant_id, status) VALUES (?, ?, ?, 'PAID')",
                        round + "-" + i,
                        1 + i % 16,
                        1 + i % 4);
            }
            notice(scan);
            sweepUntilDelivered(delivery, 40 * (round + 1));
            Awaitility.await().atMost(PATIENCE).until(() -> delivery.claimed() == 0);
        }
        assertEquals(200, merchant.distinct());
        assertEquals(0, merchant.stats().duplicated());
        assertEquals(
                160,
                metrics.meter("notification.claimed_at_first").getCount(),
                "all but the first, of merchants that nobody knew");
        assertEquals(200, db.number("SELECT COUNT(*) FROM notification_attempts WHERE epoch = 1"));
        assertEquals(0, locks.held.size());

        db.execute("UPDATE orders SET status = 'COMPLETED'");
        notice(scan);
        sweepUntilDelivered(delivery, 400);
        db.execute("UPDATE orders SET status = 'PAID'");
        notice(scan);
        db.execute("UPDATE orders SET status = 'COMPLETED'");
        notice(scan);
        Awaitility.await().atMost(PATIENCE).until(() -> delivery.claimed() == 0);
        assertEquals(400, db.number("SELECT COUNT(*) FROM notifications"));
        assertEquals(400, merchant.distinct());
        assertEquals(0, merchant.stats().duplicated(), "an event that comes again was told already");

        db.execute("UPDATE merchants SET status = 0 WHERE id = 1");
        db.execute("UPDATE orders SET status = 'REFUNDED' WHERE merchant_id = 1");
        notice(scan);
        assertEquals(50, db.number("SELECT COUNT(*) FROM notifications WHERE state = 'READY' AND claim_token = 0"));
    }

    private void notice(OrderScanJob scan) {
        try (Tenure tenure = ownership.begin()) {
            while (scan.sweep(tenure).worked() > 0) {
                continue;
            }
        }
    }

    @Test
    void a_failure_is_tried_again_when_it_is_due_and_not_before() {
        merchantRow(1);
        db.execute("UPDATE merchants SET retry_delays = '1s,1s'");
        long id = notification(1);
        merchant.behave(Behaviour.parse("fail=503"));
        Delivery delivery = start(settings());
        sweep(delivery);
        awaitStates(1, "READY");
        awaitAttempts(1);
        assertEquals("STATUS 503", db.text("SELECT CONCAT(outcome, ' ', http_status) FROM notification_attempts"));
        assertEquals(1, db.number("SELECT next_attempt_at > UTC_TIMESTAMP(3) FROM notifications WHERE id = ?", id));
        merchant.behave(Behaviour.OK);
        sweepUntilDelivered(delivery, 1);
        assertEquals("2", db.text("SELECT MAX(attempt) FROM notification_attempts WHERE notification_id = ?", id));
        assertEquals(2, merchant.delivery(id).arrivals());
        long waited = db.number("SELECT TIMESTAMPDIFF(MICROSECOND, MIN(started_at), MAX(started_at)) DIV 1000"
                + " FROM notification_attempts");
        assertTrue(waited >= 900, () -> "tried again after " + waited + " ms");
    }

    @Test
    void after_the_last_try_it_is_dead_and_left_alone() {
        merchantRow(1);
        db.execute("UPDATE merchants SET retry_delays = '10ms,10ms'");
        notification(1);
        merchant.behave(Behaviour.parse("word=nope"));
        db.execute("UPDATE merchants SET success_word = 'success'");
        Delivery delivery = start(settings());
        Awaitility.await().atMost(PATIENCE).until(() -> {
            sweep(delivery);
            return count("DEAD") == 1;
        });
        assertEquals(3, db.number("SELECT attempts FROM notifications"));
        assertEquals(3, db.number("SELECT COUNT(*) FROM notification_attempts WHERE outcome = 'BODY'"));
        assertEquals(0, db.number("SELECT COUNT(*) FROM notifications WHERE wake_at IS NOT NULL"));
        assertEquals(1, metrics.meter("notification.dead").getCount());
    }

    /** The sender died between its claim and its record, so nobody knows whether the merchant has it. */
    @Test
    void what_a_dead_sender_had_claimed_is_sent_when_its_lease_is_over_and_counted() {
        merchantRow(1);
        long id = notification(1);
        database.run(tx -> new NotificationStore().claim(tx, "node-9", List.of(id), 4711, Duration.ofSeconds(1)));
        Delivery delivery = start(settings());
        sweep(delivery);
        assertEquals(0, delivery.queued() + delivery.claimed(), "its lease still runs");
        sweepUntilDelivered(delivery, 1);
        assertEquals(1, merchant.delivery(id).arrivals());
        assertEquals(1, metrics.counter("notification.possible_duplicate").getCount());
    }

    @Test
    void a_result_under_an_old_token_changes_nothing() {
        merchantRow(1);
        long id = notification(1);
        merchant.behave(Behaviour.parse("slow=700"));
        Delivery delivery = start(settings());
        sweep(delivery);
        Awaitility.await().atMost(PATIENCE).until(() -> merchant.delivery(id).arrivals() == 1);
        db.execute("UPDATE notifications SET claim_token = 4711, claimed_by = 'node-9'");
        awaitAttempts(1);
        Awaitility.await().atMost(PATIENCE).until(() -> delivery.claimed() == 0);
        assertEquals(
                "SENDING 4711 0", db.text("SELECT CONCAT(state, ' ', claim_token, ' ', attempts) FROM notifications"));
        assertEquals(1, metrics.counter("notification.stale_result").getCount());
    }

    /** With no locks at all: the claim alone decides. */
    @Test
    void two_engines_on_the_same_rows_send_once() {
        merchantRow(1);
        merchantRow(2);
        List<DueNotification> due = notifications(1_000, 2);
        Delivery one = start(settings(), MapLocks.away());
        Delivery other = start(settings(), MapLocks.away());
        for (int i = 0; i < due.size(); i += 100) {
            one.offer(due.subList(i, i + 100));
            other.offer(due.subList(i, i + 100));
        }
        Awaitility.await().atMost(PATIENCE).until(() -> {
            sweep(one);
            sweep(other);
            return count("DELIVERED") == 1_000;
        });
        Awaitility.await().atMost(PATIENCE).until(() -> one.claimed() + other.claimed() == 0);
        assertEquals(1_000, merchant.stats().requests());
        assertEquals(0, merchant.stats().duplicated());
        assertEquals(1_000, db.number("SELECT COUNT(*) FROM notification_attempts"));
    }

    @Test
    void what_somebody_else_has_locked_is_given_back_without_a_try() {
        merchantRow(1);
        long id = notification(1);
        locks.held.put(id, 4711L);
        Delivery delivery = start(settings());
        sweep(delivery);
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> metrics.meter("notification.released").getCount() == 1);
        assertEquals("READY 0", db.text("SELECT CONCAT(state, ' ', attempts) FROM notifications"));
        assertEquals(4711, locks.held.get(id), "it is not ours to free");
        assertEquals(0, merchant.stats().requests());
        locks.held.clear();
        sweepUntilDelivered(delivery, 1);
        assertEquals(1, db.number("SELECT COUNT(*) FROM notification_attempts"));
    }

    @Test
    void what_cannot_be_sent_is_set_aside_and_its_neighbours_go_on() {
        merchantRow(1);
        db.execute("INSERT INTO merchants (id) VALUES (2)");
        merchantRow(3);
        db.execute("UPDATE merchant_endpoints SET url = 'not a url' WHERE merchant_id = 3");
        merchantRow(4);
        db.execute("UPDATE merchant_endpoints SET secret = 'whsec_*' WHERE merchant_id = 4");
        long good = notification(1);
        long noEndpoint = notification(2);
        long badAddress = notification(3);
        long badSecret = notification(4);
        long unknown = notification(99);
        Delivery delivery = start(settings());
        sweep(delivery);
        awaitStates(1, "DELIVERED");
        Awaitility.await().atMost(PATIENCE).until(() -> db.number("SELECT COUNT(*) FROM set_aside") == 4);
        assertEquals("Merchant 2 has no endpoint that is on", reason(noEndpoint));
        assertTrue(reason(badAddress).contains("the address is malformed"), reason(badAddress));
        assertTrue(reason(badSecret).contains("the secret is not base64"), reason(badSecret));
        assertEquals("Merchant 99 does not exist", reason(unknown));
        assertEquals(1, merchant.delivery(good).acceptances());
        assertEquals(
                4, db.number("SELECT COUNT(*) FROM notifications WHERE held = 2 AND wake_at IS NULL AND attempts = 0"));
        assertEquals(4, metrics.counter("notification.set_aside").getCount());

        // an operator mends the row and has it tried again
        merchantRow(99);
        db.execute("UPDATE notifications SET held = 0 WHERE id = ?", unknown);
        sweepUntilDelivered(delivery, 2);
    }

    @Test
    void a_bad_list_of_delays_loses_nothing() {
        merchantRow(1);
        db.execute("UPDATE merchants SET retry_delays = 'whenever you like'");
        notification(1);
        merchant.behave(Behaviour.parse("fail"));
        Delivery delivery = start(settings());
        sweep(delivery);
        awaitAttempts(1);
        awaitStates(1, "READY");
        long wait = db.number("SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(3), next_attempt_at) FROM notifications");
        assertTrue(wait >= 3 && wait <= 6, () -> "waits " + wait + " s");
    }

    @Test
    void nothing_is_sent_for_a_user_who_is_off() {
        merchantRow(1);
        notification(1);
        db.execute("UPDATE users SET status = 0 WHERE id = ?", USER);
        Delivery delivery = start(settings());
        sweep(delivery);
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> metrics.meter("notification.held").getCount() == 1);
        assertEquals("READY 1", db.text("SELECT CONCAT(state, ' ', held) FROM notifications"));
        assertEquals(0, merchant.stats().requests());
    }

    /** As a pause between claim and send: the locks are taken in between. */
    @Test
    void a_node_whose_lease_ran_out_sends_nothing_that_it_claimed() {
        merchantRow(1);
        NotificationLocks pause = new NotificationLocks() {
            @Override
            public Set<Long> acquire(Collection<Long> ids, long token, Duration lease) {
                ownership.leaseIsOver();
                return locks.acquire(ids, token, lease);
            }

            @Override
            public void release(Map<Long, Long> tokens) {
                locks.release(tokens);
            }
        };
        Delivery delivery = start(trusting(), pause);
        delivery.offer(notifications(50, 1));
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> metrics.meter("notification.released").getCount() == 50);
        assertEquals(0, merchant.stats().requests());
        assertEquals(
                50,
                db.number("SELECT COUNT(*) FROM notifications WHERE state = 'READY' AND attempts = 0"
                        + " AND claim_token > 0 AND wake_at <= UTC_TIMESTAMP(3)"));
        assertEquals(0, db.number("SELECT COUNT(*) FROM notification_attempts"));
        assertEquals(0, locks.held.size());
    }

    @Test
    void draining_finishes_what_is_on_its_way_and_gives_back_the_rest() throws Exception {
        merchantRow(1);
        db.execute("UPDATE merchant_endpoints SET max_in_flight = 4");
        merchant.behave(Behaviour.parse("slow=300"));
        Delivery delivery = start(settings());
        delivery.offer(notifications(100, 1));
        Awaitility.await().atMost(PATIENCE).until(() -> merchant.stats().requests() == 4);
        assertTrue(delivery.drain(Duration.ofSeconds(10)));
        assertEquals(0, delivery.claimed());
        assertEquals(0, count("SENDING"));
        assertEquals(merchant.stats().accepted(), count("DELIVERED"));
        assertTrue(count("DELIVERED") >= 4 && count("DELIVERED") < 20, () -> count("DELIVERED") + " delivered");
        assertEquals(0, delivery.offer(notifications(1, 1)), "nothing is taken in any more");
        assertEquals(0, locks.held.size());
    }

    @Test
    void a_merchant_gets_no_more_requests_at_a_time_than_its_row_says() throws Exception {
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        try (Peer peer = new Peer((request, out) -> {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            Thread.sleep(3);
            now.decrementAndGet();
            out.write(Peer.ok("success").getBytes(StandardCharsets.UTF_8));
        })) {
            merchantRow(1);
            db.execute("UPDATE merchant_endpoints SET url = ?, max_in_flight = 3", peer.url("/"));
            notifications(200, 1);
            sweepUntilDelivered(start(settings()), 200);
            assertEquals(3, most.get());
        }
    }

    @Test
    void a_hanging_merchant_does_not_stop_the_others() {
        merchantRow(1);
        merchantRow(2);
        merchant.behave(1, Behaviour.parse("hang"));
        notifications(400, 1);
        List<DueNotification> others = notifications(300, 1, 2);
        Delivery delivery = start(settings());
        sweep(delivery);
        delivery.offer(others);
        Awaitility.await().atMost(Duration.ofSeconds(8)).until(() -> {
            sweep(delivery);
            return count("DELIVERED") == 300;
        });
        assertTrue(
                count("SENDING") <= 64, "no more is claimed of a merchant that hangs than it may have on its sockets");
    }

    @Test
    void a_backlog_far_larger_than_the_queues_drains() {
        LongStream.rangeClosed(1, 3).forEach(this::merchantRow);
        notifications(3_000, 3);
        DeliverySettings small = new DeliverySettings(
                20,
                50,
                120,
                50,
                100,
                Duration.ofMillis(1),
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                Isolation.defaults());
        Delivery delivery = start(small);
        sweepUntilDelivered(delivery, 3_000);
        assertEquals(3_000, merchant.stats().requests());
        assertEquals(0, merchant.stats().duplicated());
    }

    @Test
    void shards_that_are_lost_are_forgotten() {
        merchantRow(1);
        merchant.behave(Behaviour.parse("slow=500"));
        db.execute("UPDATE merchant_endpoints SET max_in_flight = 1");
        Delivery delivery = start(settings());
        List<DueNotification> due = notifications(40, 1);
        delivery.offer(due);
        Awaitility.await().atMost(PATIENCE).until(() -> merchant.stats().requests() == 1);
        delivery.dropShards(LongStream.range(0, TestDatabase.SHARDS)
                .mapToObj(shard -> (int) shard)
                .toList());
        assertEquals(0, delivery.queued());
        Awaitility.await().atMost(PATIENCE).until(() -> delivery.claimed() == 0);
        assertEquals(1, merchant.stats().requests());
        assertEquals(39, count("READY"));
    }

    @Test
    void an_operator_s_edit_of_a_merchant_counts_within_a_second() throws Exception {
        merchantRow(1);
        Delivery delivery = start(settings());
        notification(1);
        sweepUntilDelivered(delivery, 1);
        try (Peer peer = Peer.answering(Peer.ok("moved"))) {
            db.execute("UPDATE merchant_endpoints SET url = ?", peer.url("/"));
            Thread.sleep(600);
            notification(1);
            sweepUntilDelivered(delivery, 2);
            assertEquals(1, peer.requests.size());
        }
    }

    @Test
    void a_merchant_that_answers_slowly_is_listed_until_it_is_fast_again() {
        merchantRow(1);
        merchant.behave(1, Behaviour.parse("slow=700"));
        notifications(30, 1);
        Delivery delivery = start(trusting(Duration.ofMillis(500)));
        sweepUntilDelivered(delivery, 30);
        Awaitility.await().atMost(PATIENCE).until(() -> db.number("SELECT COUNT(*) FROM slow_merchants") == 1);
        assertEquals(
                "1 node-1 1",
                db.text("SELECT CONCAT(merchant_id, ' ', node, ' ', average_ms >= 500) FROM slow_merchants"));
        merchant.behave(1, Behaviour.OK);
        notifications(200, 1);
        sweepUntilDelivered(delivery, 230);
        Awaitility.await().atMost(PATIENCE).until(() -> db.number("SELECT COUNT(*) FROM slow_merchants") == 0);
    }

    /** Merchants may have as many requests as their rows say from the first. */
    private static DeliverySettings trusting() {
        return trusting(Duration.ofSeconds(3));
    }

    private static DeliverySettings trusting(Duration slowAfter) {
        DeliverySettings defaults = DeliverySettings.defaults();
        return new DeliverySettings(
                defaults.maxInFlight(),
                defaults.claimAhead(),
                defaults.queueLimit(),
                defaults.merchantQueueLimit(),
                defaults.batchSize(),
                defaults.linger(),
                defaults.deadline(),
                defaults.leaseMargin(),
                new Isolation(64, slowAfter, 10, Duration.ofMinutes(1)));
    }

    private static DeliverySettings settings() {
        return DeliverySettings.defaults();
    }

    private Delivery start(DeliverySettings settings) {
        return start(settings, locks);
    }

    private Delivery start(DeliverySettings settings, NotificationLocks theirLocks) {
        // a registry holds one gauge of a name, and some tests have two engines
        MetricRegistry registry = open.isEmpty() ? metrics : new MetricRegistry();
        MerchantHealth health = new MerchantHealth(database, "node-1");
        health.start();
        open.add(health);
        Delivery delivery = new Delivery(
                settings,
                database,
                ownership,
                Channels.of(channel),
                theirLocks,
                breakers,
                health,
                () -> 1,
                registry,
                new UserLog(),
                InstantSource.system(),
                Ticker.system(),
                KillPoints.NONE);
        delivery.start();
        open.add(delivery);
        return delivery;
    }

    private Sweep sweep(Delivery delivery) {
        try (Tenure tenure = ownership.begin()) {
            return new NotifyRetryJob(database, delivery).sweep(tenure);
        }
    }

    private void sweepUntilDelivered(Delivery delivery, int wanted) {
        Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(() -> {
            sweep(delivery);
            return count("DELIVERED") == wanted;
        });
    }

    private void merchantRow(long id) {
        db.execute("INSERT INTO merchants (id) VALUES (?)", id);
        db.execute(
                "INSERT INTO merchant_endpoints (merchant_id, url, secret) VALUES (?, ?, ?)",
                id,
                merchant.address(id).toString(),
                Merchant.secretOf(id));
    }

    private long notification(long merchantId) {
        return notifications(1, 1, merchantId).get(0).id();
    }

    private List<DueNotification> notifications(int count, int merchants) {
        return notifications(count, merchants, 1);
    }

    /** Writes notifications for so many merchants in turn, of all the users in turn where there are many. */
    private List<DueNotification> notifications(int count, int merchants, long firstMerchant) {
        List<NewNotification> rows = new ArrayList<>();
        List<DueNotification> due = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long order = nextOrder++;
            long user = count == 1 ? USER : 1 + i % 16;
            long merchantId = firstMerchant + i % merchants;
            long id = NewNotification.idOf(order, OrderState.PAID);
            int shard = (int) (user % TestDatabase.SHARDS);
            String body = "{\"order\":" + order + "}";
            rows.add(new NewNotification(id, order, user, null, null, merchantId, shard, OrderState.PAID, body));
            due.add(rows.get(i).due());
        }
        database.run(tx -> new NotificationStore().create(tx, rows));
        return due;
    }

    private long count(String state) {
        return db.number("SELECT COUNT(*) FROM notifications WHERE state = ?", state);
    }

    private void awaitStates(int wanted, String state) {
        Awaitility.await().atMost(PATIENCE).until(() -> count(state) == wanted);
    }

    private void awaitAttempts(int wanted) {
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> db.number("SELECT COUNT(*) FROM notification_attempts") == wanted);
    }

    private String reason(long id) {
        return db.text("SELECT reason FROM set_aside WHERE kind = 'NOTIFICATION' AND subject_id = ?", id);
    }

    /** Nobody listens at the first, the second answers 503, the third takes it: one claim, one try, a row for each. */
    @Test
    void where_one_endpoint_fails_the_next_is_asked_under_the_same_claim() throws Exception {
        merchantRow(1);
        try (Peer busy = Peer.answering(Peer.status("503 Service Unavailable", "not now"))) {
            db.execute("UPDATE merchant_endpoints SET url = 'http://127.0.0.1:1/'");
            db.execute(
                    "INSERT INTO merchant_endpoints (merchant_id, url, secret, priority) VALUES (1, ?, 's', 1)",
                    busy.url("/"));
            db.execute(
                    "INSERT INTO merchant_endpoints (merchant_id, url, secret, priority) VALUES (1, ?, ?, 2)",
                    merchant.address(1).toString(),
                    Merchant.secretOf(1));
            long id = notification(1);
            Delivery delivery = start(settings());
            sweepUntilDelivered(delivery, 1);
            assertEquals(1, merchant.delivery(id).arrivals());
            assertEquals(
                    "1 1 CONNECT,1 2 STATUS,1 3 DELIVERED",
                    db.text("SELECT GROUP_CONCAT(attempt, ' ', step, ' ', outcome ORDER BY step)"
                            + " FROM notification_attempts"));
            assertEquals(1, db.number("SELECT COUNT(DISTINCT claim_token) FROM notification_attempts"));
            assertEquals(1, db.number("SELECT attempts FROM notifications"));
            assertEquals(0, metrics.counter("notification.possible_duplicate").getCount());
        }
    }

    /** As after a commit whose answer was lost with the connection. */
    @Test
    void a_result_that_was_committed_unheard_is_written_once_and_is_not_stale() {
        merchantRow(1);
        long id = notification(1);
        NotificationStore store = new NotificationStore();
        database.run(tx -> store.claim(tx, "node-1", List.of(id), 4711, Duration.ofSeconds(30)));
        Visit visit = new Visit(1, Instant.now(), Duration.ofMillis(5), "STATUS", 503, null, Visit.Doubt.NONE);
        List<AttemptResult> results =
                List.of(new AttemptResult(id, 4711, 1, 1, List.of(visit), new Next.Retry(Duration.ofSeconds(5))));
        assertEquals(List.of(), database.inTransaction(tx -> store.record(tx, "node-1", results)));
        assertEquals(List.of(), database.inTransaction(tx -> store.record(tx, "node-1", results)));
        assertEquals(1, db.number("SELECT attempts FROM notifications"));
        assertEquals(1, db.number("SELECT COUNT(*) FROM notification_attempts"));
        db.execute("UPDATE notifications SET claim_token = 4712, state = 'SENDING'");
        assertEquals(results, database.inTransaction(tx -> store.record(tx, "node-1", results)), "passed on since");
    }

    /** As where its breaker opened between claim and send. */
    @Test
    void what_is_given_back_into_its_merchants_lane_has_used_up_no_try() {
        merchantRow(1);
        long id = notification(1);
        NotificationStore store = new NotificationStore();
        database.run(tx -> store.claim(tx, "node-1", List.of(id), 4711, Duration.ofSeconds(30)));
        List<AttemptResult> results =
                List.of(new AttemptResult(id, 4711, 1, 0, List.of(), new Next.Park(Duration.ofMinutes(1))));
        assertEquals(List.of(), database.inTransaction(tx -> store.record(tx, "node-1", results)));
        assertEquals(
                "READY 3 1 0",
                db.text("SELECT CONCAT_WS(' ', state, held, lane, attempts) FROM notifications"),
                "in the lane of what was never tried");
        long wait = db.number("SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(3), next_attempt_at) FROM notifications");
        assertTrue(wait > 30 && wait <= 60, () -> "waits " + wait + " s");
        assertEquals(0, db.number("SELECT COUNT(*) FROM notification_attempts"));
    }

    /** As what a node had claimed ahead when it was stopped: it must not wait behind a backlog of a million. */
    @Test
    void what_is_given_back_untried_keeps_its_place() {
        merchantRow(1);
        long id = notification(1);
        db.execute("UPDATE notifications SET next_attempt_at = '2026-01-02 03:04:05.678'");
        releaseAfterClaim(id, Duration.ZERO);
        assertEquals("2026-01-02 03:04:05.678", db.text("SELECT wake_at FROM notifications"));
        releaseAfterClaim(id, Duration.ofMinutes(1));
        assertTrue(secondsTillDue() > 30, "somebody else may be sending it");
        db.execute("UPDATE notifications SET next_attempt_at = UTC_TIMESTAMP(3)");
        NotificationStore store = new NotificationStore();
        database.run(tx -> store.claim(tx, "node-1", List.of(id), 4711, Duration.ofSeconds(30)));
        db.execute("UPDATE notifications SET next_attempt_at = next_attempt_at + INTERVAL 1 HOUR");
        release(id, Duration.ZERO);
        assertTrue(secondsTillDue() <= 0, "tried by hand before its time, and given back");
    }

    private void releaseAfterClaim(long id, Duration wait) {
        NotificationStore store = new NotificationStore();
        database.run(tx -> store.claim(tx, "node-1", List.of(id), 4711, Duration.ofSeconds(30)));
        assertEquals("SENDING", db.text("SELECT state FROM notifications"));
        release(id, wait);
    }

    private void release(long id, Duration wait) {
        List<AttemptResult> results = List.of(new AttemptResult(id, 4711, 1, 0, List.of(), new Next.Release(wait)));
        assertEquals(List.of(), database.inTransaction(tx -> new NotificationStore().record(tx, "node-1", results)));
        assertEquals("READY 0", db.text("SELECT CONCAT_WS(' ', state, attempts) FROM notifications"));
    }

    private long secondsTillDue() {
        return db.number("SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(3), wake_at) FROM notifications");
    }

    @Test
    void a_claim_whose_user_was_switched_off_since_may_not_be_sent_on() {
        merchantRow(1);
        long id = notification(1);
        NotificationStore store = new NotificationStore();
        database.run(tx -> store.claim(tx, "node-1", List.of(id), 4711, Duration.ofSeconds(30)));
        assertTrue(maySend(id, 4711));
        assertFalse(maySend(id, 4712), "another claim");
        db.execute("UPDATE users SET status = 0 WHERE id = ?", USER);
        assertFalse(maySend(id, 4711));
        db.execute("UPDATE users SET status = 1 WHERE id = ?", USER);
        db.execute("UPDATE merchants SET status = 0");
        assertFalse(maySend(id, 4711));
    }

    private boolean maySend(long id, long token) {
        return database.inTransaction(tx -> new NotificationStore().maySend(tx, id, token));
    }
}

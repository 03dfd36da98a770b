package io.orderwatch.job.alert;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import io.orderwatch.dao.Database;
import io.orderwatch.dao.TestDatabase;
import io.orderwatch.dao.alert.AlertStore;
import io.orderwatch.dao.notification.BreakerChange;
import io.orderwatch.dao.notification.BreakerState;
import io.orderwatch.dao.notification.HealthStore;
import io.orderwatch.job.Ticker;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import java.net.URI;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Incidents in a real database, told of over a real socket. */
@ExtendWith(StackExtension.class)
class AlertsIT {

    private static final Duration HOUR = Duration.ofHours(1);
    private static final AlertSettings SETTINGS = new AlertSettings(
            "orderwatch",
            Locale.ENGLISH,
            ZoneOffset.UTC,
            HOUR,
            HOUR,
            true,
            true,
            new AlertSettings.Queue(100, Duration.ofSeconds(30)),
            new AlertSettings.Rate(95, Duration.ofMinutes(5), 100),
            new AlertSettings.AnswerTime(Duration.ofSeconds(10), Duration.ofMinutes(5), 100),
            new AlertSettings.Rate(5, Duration.ofMinutes(5), 100),
            Duration.ofDays(1));

    private final Receiver receiver = new Receiver();
    private final List<AutoCloseable> open = new ArrayList<>();
    private TestDatabase db;
    private Database database;

    @BeforeEach
    void create(Stack stack) {
        db = TestDatabase.create(stack);
        database = db.database();
        db.execute("INSERT INTO merchants (id, name) VALUES (7, 'Tea shop'), (8, 'Bakery')");
    }

    @AfterEach
    void drop() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
        receiver.close();
        db.close();
    }

    @Test
    void opened_breaker_is_told_of_once_however_many_nodes_look_and_its_end_too() throws Exception {
        List<AlertCheckJob> nodes = List.of(check(), check(), check(), check());
        breaker(7, 12, BreakerState.CLOSED, BreakerState.OPEN, 1);
        together(nodes);
        assertEquals("breaker-opened merchant 7 endpoint 12", db.text("SELECT open_key FROM alerts"));
        assertEquals("OPENED", notices());
        assertEquals("CRITICAL", db.text("SELECT severity FROM alerts"));
        String said = db.text("SELECT CONCAT(title, '\n', message) FROM alert_notices");
        assertTrue(said.contains("merchant 7 (Tea shop) is not called any more"), said);
        assertTrue(said.contains("Figures: 5 failures in a row"), said);

        breaker(7, 12, BreakerState.OPEN, BreakerState.HALF_OPEN, 2);
        breaker(7, 12, BreakerState.HALF_OPEN, BreakerState.OPEN, 3);
        together(nodes);
        assertEquals("OPENED", notices(), "a probe that fails is nothing new");

        breaker(7, 12, BreakerState.HALF_OPEN, BreakerState.CLOSED, 4);
        together(nodes);
        assertEquals("OPENED,CLOSED", notices());
        assertEquals(0, db.number("SELECT COUNT(*) FROM alerts WHERE closed_at IS NULL"));

        breaker(7, 12, BreakerState.CLOSED, BreakerState.OPEN, 5);
        together(nodes);
        assertEquals("OPENED,CLOSED,OPENED", notices(), "what is critical is told at once, each time");
    }

    @Test
    void change_that_becomes_visible_late_is_not_overlooked() {
        AlertCheckJob check = check();
        breaker(8, 1, BreakerState.CLOSED, BreakerState.OPEN, 1);
        breaker(7, 12, BreakerState.CLOSED, BreakerState.OPEN, 1);
        db.execute("UPDATE breaker_changes SET id = id + 10 ORDER BY id DESC");
        check.run(() -> false);
        assertEquals(2, db.number("SELECT COUNT(*) FROM alerts"));
        // its number was given before theirs, and its transaction ended after
        db.execute(
                "INSERT INTO breaker_changes (id, merchant_id, endpoint_id, from_state, to_state, reason, epoch, node)"
                        + " VALUES (2, 9, 99, 'CLOSED', 'OPEN', 'late', 1, 'n')");
        check.run(() -> false);
        assertEquals(3, db.number("SELECT COUNT(*) FROM alerts WHERE closed_at IS NULL"));
    }

    @Test
    void slow_merchant_is_told_of_once_an_hour_also_when_it_comes_and_goes() {
        AlertCheckJob check = check();
        for (int i = 0; i < 3; i++) {
            slow(7, "node-1");
            slow(7, "node-2");
            check.run(() -> false);
            check.run(() -> false);
            db.execute("DELETE FROM slow_merchants");
            check.run(() -> false);
        }
        assertEquals("OPENED,CLOSED", notices(), "the second and third time fall into the same hour");
        assertEquals(3, db.number("SELECT COUNT(*) FROM alerts WHERE closed_at IS NOT NULL"), "each is recorded");

        slow(7, "node-1");
        check.run(() -> false);
        db.execute("UPDATE alerts SET noticed_at = noticed_at - INTERVAL 61 MINUTE");
        check.run(() -> false);
        assertEquals("OPENED,CLOSED,OPENED", notices());
        db.execute("UPDATE alerts SET noticed_at = noticed_at - INTERVAL 61 MINUTE");
        check.run(() -> false);
        check.run(() -> false);
        assertEquals("OPENED,CLOSED,OPENED,REPEATED", notices());
        String said = db.text("SELECT message FROM alert_notices ORDER BY id DESC LIMIT 1");
        assertTrue(said.contains("4,321 ms on average, as one node sees it"), said);
    }

    @Test
    void queue_is_told_of_when_it_stays_too_long() {
        AlertCheckJob check = check();
        for (int i = 0; i < 101; i++) {
            db.execute(
                    "INSERT INTO notifications (id, order_id, user_id, merchant_id, event, body, next_attempt_at)"
                            + " VALUES (?, 1, ?, 7, 'PAID', '{}', UTC_TIMESTAMP(3) + INTERVAL ? HOUR)",
                    i,
                    i,
                    i == 100 ? 1 : -1);
        }
        check.run(() -> false);
        assertEquals(0, db.number("SELECT COUNT(*) FROM alerts"), "100 are due, and one is not");
        db.execute("UPDATE notifications SET next_attempt_at = UTC_TIMESTAMP(3)");
        check.run(() -> false);
        assertEquals(1, db.number("SELECT COUNT(*) FROM alerts"));
        assertEquals("", notices(), "it may be a burst");
        db.execute("UPDATE alerts SET opened_at = opened_at - INTERVAL 31 SECOND");
        check.run(() -> false);
        assertEquals("OPENED", notices());
        assertTrue(db.text("SELECT title FROM alert_notices").contains("101 notifications wait"));
        db.execute("DELETE FROM notifications");
        check.run(() -> false);
        assertEquals("OPENED,CLOSED", notices());
    }

    @Test
    void burst_that_passes_is_recorded_and_told_to_nobody() {
        AlertCheckJob check = check();
        for (int i = 0; i < 101; i++) {
            db.execute(
                    "INSERT INTO notifications (id, order_id, user_id, merchant_id, event, body, next_attempt_at)"
                            + " VALUES (?, 1, ?, 7, 'PAID', '{}', UTC_TIMESTAMP(3))",
                    i,
                    i);
        }
        check.run(() -> false);
        db.execute("DELETE FROM notifications");
        check.run(() -> false);
        assertEquals("", notices());
        assertEquals(1, db.number("SELECT COUNT(*) FROM alerts WHERE closed_at IS NOT NULL"));
    }

    @Test
    void rates_are_judged_over_all_nodes_and_name_the_worst() {
        Alerting one = alerting("node-1");
        Alerting two = alerting("node-2");
        for (int i = 0; i < 90; i++) {
            one.tries().tried(7, true, true, Duration.ofMillis(100));
        }
        one.flush();
        for (int i = 0; i < 9; i++) {
            two.tries().tried(8, false, false, Duration.ofSeconds(10));
        }
        two.flush();
        one.job().run(() -> false);
        assertEquals(0, db.number("SELECT COUNT(*) FROM alerts"), "99 tries say nothing");
        two.tries().tried(8, false, false, Duration.ofSeconds(10));
        two.flush();
        one.job().run(() -> false);
        assertEquals(
                "error-rate,success-rate",
                db.text("SELECT GROUP_CONCAT(name ORDER BY name) FROM alerts WHERE closed_at IS NULL"));
        String said = db.text("SELECT message FROM alert_notices WHERE name = 'success-rate'");
        assertTrue(said.contains("100 tries in 5 min, 90.0% accepted; the bound is 95.0%"), said);
        assertTrue(said.contains("Least accepted: merchant 8 (Bakery) 0/10; 7 (Tea shop) 90/90"), said);

        for (int i = 0; i < 100; i++) {
            two.tries().tried(8, true, true, Duration.ofSeconds(30));
        }
        two.flush();
        one.job().run(() -> false);
        assertEquals(
                "answer-time",
                db.text("SELECT GROUP_CONCAT(name ORDER BY name) FROM alerts WHERE closed_at IS NULL"),
                "95 % of the tries are accepted and 5 % are errors: neither more than the one nor less than the other");
    }

    @Test
    void figures_of_a_node_that_the_database_left_alone_are_kept() {
        Alerting alerting = alerting("node-1");
        alerting.tries().tried(7, true, true, Duration.ofMillis(1));
        db.execute("RENAME TABLE delivery_minutes TO elsewhere");
        assertThrows(RuntimeException.class, alerting::flush);
        db.execute("RENAME TABLE elsewhere TO delivery_minutes");
        alerting.flush();
        assertEquals(1, db.number("SELECT tries FROM delivery_minutes WHERE merchant_id = 7"));
        assertEquals(1, db.number("SELECT tries FROM delivery_minutes WHERE merchant_id = 0"));
    }

    @Test
    void lost_node_is_told_of_until_it_is_back_or_forgotten() {
        AlertCheckJob check = check();
        db.execute("INSERT INTO node_leases (node, incarnation, lease_until, denied) VALUES"
                + " ('left', 1, UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE, 0),"
                + " ('lost', 1, UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE, 1),"
                + " ('gone', 1, UTC_TIMESTAMP(6) - INTERVAL 2 DAY, 1),"
                + " ('here', 1, UTC_TIMESTAMP(6) + INTERVAL 1 MINUTE, 0)");
        check.run(() -> false);
        assertEquals("node lost", db.text("SELECT GROUP_CONCAT(subject) FROM alerts"));
        db.execute(
                "UPDATE node_leases SET denied = 0, incarnation = 2, lease_until = UTC_TIMESTAMP(6) + INTERVAL 1 MINUTE"
                        + " WHERE node = 'lost'");
        check.run(() -> false);
        assertEquals("OPENED,CLOSED", notices());
    }

    @Test
    void many_breakers_at_once_are_one_message() {
        AlertCheckJob check = check();
        for (int i = 1; i <= 50; i++) {
            breaker(i, i, BreakerState.CLOSED, BreakerState.OPEN, 1);
        }
        check.run(() -> false);
        check.run(() -> false);
        assertEquals(50, db.number("SELECT COUNT(*) FROM alerts WHERE notices = 1"));
        assertEquals("OPENED", notices());
        assertTrue(db.text("SELECT title FROM alert_notices").contains("50 incidents at once"));
    }

    @Test
    void sms_is_for_what_is_critical() {
        AlertCheckJob check = new AlertCheckJob(
                database,
                List.of(new SlowMerchantRule(), new BreakerRule()),
                List.of(new Told("webhook", false), new Told("sms", true)),
                new AlertTexts(Locale.ENGLISH, ZoneOffset.UTC, "x"),
                HOUR);
        slow(7, "node-1");
        breaker(8, 1, BreakerState.CLOSED, BreakerState.OPEN, 1);
        check.run(() -> false);
        assertEquals(
                "breaker-opened:sms,breaker-opened:webhook,slow-merchant:webhook",
                db.text("SELECT GROUP_CONCAT(name, ':', channel ORDER BY name, channel) FROM alert_notices"));
    }

    @Test
    void incident_of_a_rule_that_was_switched_off_is_closed() {
        slow(7, "node-1");
        check().run(() -> false);
        new AlertCheckJob(database, List.of(), List.of(), new AlertTexts(Locale.ENGLISH, ZoneOffset.UTC, "x"), HOUR)
                .run(() -> false);
        assertEquals(0, db.number("SELECT COUNT(*) FROM alerts WHERE closed_at IS NULL"));
    }

    @Test
    void rule_that_cannot_look_does_not_keep_the_others_from_looking() {
        db.execute("RENAME TABLE breaker_changes TO elsewhere");
        slow(7, "node-1");
        AlertCheckJob check = check();
        assertThrows(RuntimeException.class, () -> check.run(() -> false));
        assertEquals("OPENED", notices());
    }

    @Test
    void message_of_a_sender_that_died_is_sent_by_another() throws Exception {
        slow(7, "node-1");
        check().run(() -> false);
        AlertSender died = new AlertSender(database, HOUR, new MetricRegistry(), new Random(1));
        AlertSender lives = new AlertSender(database, HOUR, new MetricRegistry(), new Random(2));
        AlertChannel channel = webhook();
        assertEquals(1, died.claim(channel, 42).size());
        assertEquals(0, lives.drain(channel), "it may still be sending");
        db.execute("UPDATE alert_notices SET due_at = UTC_TIMESTAMP(3)");
        assertEquals(1, lives.drain(channel));
        assertEquals(1, receiver.requests().size());
        assertEquals(0, lives.drain(channel) + died.drain(channel));
        long id = db.number("SELECT id FROM alert_notices");
        boolean late = database.inTransaction(tx -> new AlertStore().failed(tx, id, 42, "late", Duration.ZERO));
        assertFalse(late, "its claim is somebody else's by now");
    }

    @Test
    void channel_that_fails_is_tried_again_and_given_up_in_the_end() throws Exception {
        slow(7, "node-1");
        check().run(() -> false);
        AlertSender sender = new AlertSender(database, HOUR, new MetricRegistry(), new Random(1));
        AlertChannel channel = webhook();
        receiver.answer(Receiver.status(503, "down"));
        assertEquals(0, sender.drain(channel));
        assertEquals(0, sender.drain(channel), "not before its wait is over");
        assertEquals(1, receiver.requests().size());
        assertEquals("the webhook answered HTTP 503 down", db.text("SELECT last_error FROM alert_notices"));
        long wait =
                db.number("SELECT TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(3), due_at) DIV 1000 FROM alert_notices");
        assertTrue(wait > 0 && wait <= 2_000, "waits " + wait + " ms");
        db.execute(
                "UPDATE alert_notices SET due_at = UTC_TIMESTAMP(3), created_at = UTC_TIMESTAMP(3) - INTERVAL 61 MINUTE");
        assertEquals(0, sender.drain(channel));
        assertEquals(1, db.number("SELECT COUNT(*) FROM alert_notices WHERE due_at IS NULL AND sent_at IS NULL"));
        receiver.answer(Receiver.status(200, ""));
        assertEquals(0, sender.drain(channel));
    }

    @Test
    void running_nodes_send_each_message_once_and_a_breaker_at_once() throws Exception {
        List<Alerting> nodes = List.of(alerting("node-1"), alerting("node-2"));
        nodes.forEach(Alerting::start);
        BreakerChange change = breaker(7, 12, BreakerState.CLOSED, BreakerState.OPEN, 1);
        nodes.forEach(node -> node.health().breakerChanged(change));
        await().atMost(Duration.ofSeconds(5)).until(() -> !receiver.requests().isEmpty());
        for (int i = 0; i < 4; i++) {
            breaker(8, 20 + i, BreakerState.CLOSED, BreakerState.OPEN, 1);
        }
        nodes.forEach(node -> node.health().breakerChanged(change));
        await().atMost(Duration.ofSeconds(10))
                .until(() -> db.number("SELECT COUNT(*) FROM alert_notices WHERE sent_at IS NOT NULL") == 5);
        assertEquals(5, receiver.requests().size());
    }

    @Test
    void channel_that_hangs_keeps_nobody_waiting() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        receiver.answer(exchange -> {
            try {
                release.await(20, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Receiver other = new Receiver();
        open.add(other::close);
        AlertChannels channels = new AlertChannels(new AlertChannelSettings(
                Duration.ofSeconds(10),
                new AlertChannelSettings.Telegram(receiver.address().toString(), "t", "c"),
                null,
                new AlertChannelSettings.Webhook(other.address(), ""),
                null,
                null));
        Alerting alerting = new Alerting(
                database, "node-1", TestDatabase.SHARDS, SETTINGS, channels, new MetricRegistry(), Ticker.system());
        alerting.start();
        try {
            BreakerChange change = breaker(7, 12, BreakerState.CLOSED, BreakerState.OPEN, 1);
            alerting.health().breakerChanged(change);
            await().atMost(Duration.ofSeconds(5)).until(() -> other.requests().size() == 1);
            await().atMost(Duration.ofSeconds(5))
                    .until(() -> receiver.requests().size() == 1);
            alerting.tries().tried(7, true, true, Duration.ofMillis(1));
            await().atMost(Duration.ofSeconds(12))
                    .until(() -> db.number("SELECT COUNT(*) FROM delivery_minutes WHERE merchant_id = 7") == 1);
        } finally {
            long before = System.nanoTime();
            alerting.close();
            assertTrue(
                    Duration.ofNanos(System.nanoTime() - before).toMillis() < 4_000, "it does not wait for the answer");
            release.countDown();
            channels.close();
        }
        assertFalse(Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("alerts")));
    }

    private void together(List<AlertCheckJob> nodes) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(nodes.size());
        try {
            CountDownLatch start = new CountDownLatch(1);
            List<Future<Integer>> runs = new ArrayList<>();
            for (AlertCheckJob node : nodes) {
                Callable<Integer> run = () -> {
                    start.await();
                    return node.run(() -> false);
                };
                runs.add(threads.submit(run));
            }
            start.countDown();
            for (Future<Integer> run : runs) {
                run.get(30, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private String notices() {
        String stages = db.text("SELECT GROUP_CONCAT(stage ORDER BY id) FROM alert_notices");
        return stages == null ? "" : stages;
    }

    private AlertCheckJob check() {
        return (AlertCheckJob) alerting("node").job();
    }

    private Alerting alerting(String node) {
        AlertChannels channels = new AlertChannels(new AlertChannelSettings(
                Duration.ofSeconds(2),
                null,
                null,
                new AlertChannelSettings.Webhook(receiver.address(), ""),
                null,
                null));
        Alerting alerting = new Alerting(
                database, node, TestDatabase.SHARDS, SETTINGS, channels, new MetricRegistry(), Ticker.system());
        open.add(alerting);
        open.add(channels);
        return alerting;
    }

    private AlertChannel webhook() {
        AlertChannels channels = new AlertChannels(new AlertChannelSettings(
                Duration.ofSeconds(2),
                null,
                null,
                new AlertChannelSettings.Webhook(URI.create(receiver.address() + "/x"), ""),
                null,
                null));
        open.add(channels);
        return channels.all().get(0);
    }

    private BreakerChange breaker(long merchant, long endpoint, BreakerState from, BreakerState to, long epoch) {
        BreakerChange change = new BreakerChange(merchant, endpoint, from, to, "5 failures in a row", "", epoch);
        boolean written = database.inTransaction(tx -> new HealthStore().changed(tx, change, "node-1"));
        assertTrue(written);
        return change;
    }

    private void slow(long merchant, String node) {
        database.run(tx -> new HealthStore().slow(tx, merchant, node, Duration.ofMillis(4321)));
    }

    /** Sends nothing. */
    private record Told(String name, boolean onlyCritical) implements AlertChannel {

        @Override
        public String send(AlertMessage message) {
            return "";
        }
    }
}

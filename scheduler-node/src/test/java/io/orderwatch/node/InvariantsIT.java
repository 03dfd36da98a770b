package io.orderwatch.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.dao.TestDatabase;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import io.orderwatch.stack.check.Invariants;
import io.orderwatch.stack.generator.OrderBook.Off;
import io.orderwatch.stack.merchant.Delivery;
import java.time.Duration;
import java.time.LocalTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;

/** Each check finds nothing in a healthy schema, and the row that is planted to break it. */
@ExtendWith(StackExtension.class)
@TestInstance(Lifecycle.PER_CLASS)
class InvariantsIT {

    private static final long USER = 3;
    private static final long ORDER = 100;
    private static final long PAID = ORDER * 16 + 1;
    private static final long COMPLETED = ORDER * 16 + 2;
    /** 12:00:00 of the day on which everything happens. */
    private static final long NOON = 1_767_268_800_000L;

    private final Map<Long, Delivery> deliveries = new HashMap<>();
    private TestDatabase db;
    private Invariants invariants;
    private long claims;

    @BeforeAll
    void open(Stack stack) {
        db = TestDatabase.create(stack);
        invariants = new Invariants(db.pool(), new Invariants.Heard() {
            @Override
            public Delivery of(long id) {
                return deliveries.getOrDefault(id, new Delivery(id, 0, 0, 0));
            }

            @Override
            public void forEach(Consumer<Delivery> consumer) {
                deliveries.values().forEach(consumer);
            }
        });
    }

    @AfterAll
    void close() {
        db.close();
    }

    /** An order that was paid and completed, and an unpaid one that was cancelled. */
    @BeforeEach
    void plant_what_is_healthy() {
        for (String table : List.of(
                "users",
                "merchants",
                "orders",
                "order_status_logs",
                "notifications",
                "notification_attempts",
                "status_changes",
                "shard_leases",
                "shard_epochs",
                "set_aside")) {
            db.execute("DELETE FROM " + table);
        }
        deliveries.clear();
        db.execute("INSERT INTO users (id) VALUES (?)", USER);
        db.execute("INSERT INTO merchants (id) VALUES (1)");
        db.execute("INSERT INTO shard_leases (shard, node, epoch) VALUES (3, 'node-2', 2)");
        grant(1, "node-1", "12:00:00");
        grant(2, "node-2", "12:10:00");

        order(ORDER, "COMPLETED", "12:00:30");
        log(ORDER, null, "PENDING", "node-1", 1, "12:00:10");
        log(ORDER, "PENDING", "PAID", "node-1", 1, "12:01:00");
        log(ORDER, "PAID", "COMPLETED", "node-2", 2, "12:11:00");
        delivered(PAID, "PAID", "node-1", 1, "12:01:01");
        delivered(COMPLETED, "COMPLETED", "node-2", 2, "12:11:01");

        order(ORDER + 1, "CANCELLED", null);
        log(ORDER + 1, null, "PENDING", "node-1", 1, "12:00:10");
        log(ORDER + 1, "PENDING", "CANCELLED", "node-1", 1, "12:02:00");
        delivered((ORDER + 1) * 16 + 3, "CANCELLED", "node-1", 1, "12:02:01");
    }

    @Test
    void nothing_is_reported_of_what_is_healthy() {
        assertEquals(List.of(), invariants.broken());
        assertEquals(List.of(), invariants.startedOutOfOrder(List.of(ORDER, ORDER + 1)));
        assertEquals(List.of(), invariants.startedWhileOff(List.of(off("12:03:00", "12:10:30")), Duration.ZERO));
    }

    @Test
    void paid_order_that_is_cancelled_is_reported() {
        assertReports(
                "Order 101 is cancelled and paid",
                invariants::paidAndCancelled,
                () -> db.execute("UPDATE orders SET paid_at = UTC_TIMESTAMP(3) WHERE id = 101"));
        assertReports(
                "Order 100 is cancelled and paid",
                invariants::paidAndCancelled,
                () -> log(ORDER, "COMPLETED", "CANCELLED", "node-2", 2, "12:12:00"));
    }

    @Test
    void unpaid_order_past_its_expiry_is_reported_unless_its_user_is_off() {
        Supplier<List<String>> check = () -> invariants.unpaidPastExpiry(Duration.ofSeconds(5));
        order(102, "PENDING", null);
        db.execute("UPDATE orders SET created_at = UTC_TIMESTAMP(3) WHERE id = 102");
        assertEquals(List.of(), check.get());
        assertReports(
                "Order 102 is past its expiry",
                check,
                () -> db.execute("UPDATE orders SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 6 SECOND WHERE id = 102"));
        db.execute("UPDATE orders SET expires_at = NULL WHERE id = 102");
        assertReports(
                "Order 102 is past its expiry",
                check,
                () -> db.execute(
                        "UPDATE orders SET created_at = UTC_TIMESTAMP(3) - INTERVAL 31 MINUTE WHERE id = 102"));
        db.execute("UPDATE users SET status = 0");
        assertEquals(List.of(), check.get());
    }

    @Test
    void step_that_is_logged_twice_or_skipped_is_reported() {
        assertReports(
                "A step of order 100 is logged more than once",
                invariants::notLoggedOnce,
                () -> log(ORDER, "COMPLETED", "COMPLETED", "node-2", 2, "12:12:00"));
        db.execute("DELETE FROM order_status_logs WHERE order_id = 100 AND from_status = 'COMPLETED'");
        assertReports(
                "The log of order 101 has a gap",
                invariants::notLoggedOnce,
                () -> db.execute("DELETE FROM order_status_logs WHERE order_id = 101 AND to_status = 'PENDING'"));
        assertReports("The log of order 100 skips the payment", invariants::notLoggedOnce, () -> {
            db.execute("DELETE FROM order_status_logs WHERE order_id = 100 AND to_status = 'PAID'");
            db.execute("UPDATE order_status_logs SET from_status = 'PENDING' WHERE order_id = 100"
                    + " AND to_status = 'COMPLETED'");
        });
        assertReports(
                "The log of order 101 does not end with what was dealt with",
                invariants::notLoggedOnce,
                () -> db.execute("UPDATE orders SET status = 'FAILED', seen_status = 'FAILED' WHERE id = 101"));
        assertReports(
                "The log of order 101 begins though",
                invariants::notLoggedOnce,
                () -> db.execute("UPDATE orders SET seen_status = NULL WHERE id = 101"));
    }

    @Test
    void step_without_notification_and_notification_without_step_are_reported() {
        assertReports(
                "A logged step of order 100 has no notification",
                invariants::notNotifiedOnce,
                () -> db.execute("DELETE FROM notifications WHERE id = ?", PAID));
        assertReports(
                "Notification 1621 tells of what was never logged",
                invariants::notNotifiedOnce,
                () -> notification(101 * 16 + 5, "REFUNDED", "DELIVERED"));
        assertReports(
                "Notification 9999 has another one's number",
                invariants::notNotifiedOnce,
                () -> db.execute("UPDATE notifications SET id = 9999 WHERE id = ?", COMPLETED));
    }

    @Test
    void what_was_not_dealt_with_is_reported_unless_its_user_is_off() {
        assertReports(
                "Order 101 has changed",
                invariants::unfinished,
                () -> db.execute("UPDATE orders SET status = 'REFUNDED' WHERE id = 101"));
        assertReports(
                "Paid order 100 has no notification",
                invariants::unfinished,
                () -> db.execute("DELETE FROM notifications WHERE id = ?", PAID));
        assertReports(
                "Notification 1602 is neither",
                invariants::unfinished,
                () -> db.execute("UPDATE notifications SET state = 'READY' WHERE id = ?", COMPLETED));
        assertReports(
                "state=SENDING, held=1",
                invariants::unfinished,
                () -> db.execute("UPDATE notifications SET state = 'SENDING', held = 1 WHERE id = ?", COMPLETED));
        db.execute("UPDATE users SET status = 0");
        assertEquals(List.of(), invariants.unfinished());
    }

    @Test
    void delivery_that_the_merchant_does_not_know_and_one_that_we_do_not_know_are_reported() {
        assertReports(
                "Notification 1601 counts as delivered",
                invariants::deliveredUnheard,
                () -> deliveries.put(PAID, new Delivery(PAID, 1, 0, 0)));
        assertReports(
                "Notification 77 was sent, and does not exist",
                invariants::deliveredUnheard,
                () -> deliveries.put(77L, new Delivery(77, 1, 0, 0)));
    }

    @Test
    void notification_that_was_accepted_twice_is_reported_unless_its_sender_died() {
        assertReports(
                "Notification 1601 was accepted 2 times",
                () -> invariants.toldTwice(Set.of(COMPLETED)),
                () -> deliveries.put(PAID, new Delivery(PAID, 3, 2, NOON)));
        assertEquals(List.of(), invariants.toldTwice(Set.of(PAID)));
    }

    @Test
    void two_senders_at_a_time_and_one_after_the_delivery_are_reported() {
        assertReports(
                "Notification 1601 has a state that no try of it explains",
                invariants::sentTwiceAtATime,
                () -> db.execute("DELETE FROM notification_attempts WHERE notification_id = ?", PAID));
        attempt(PAID, "node-1", 1, "12:01:01", "TIMEOUT");
        attempt(PAID, "node-1", 1, "12:01:01.500", "DELIVERED");
        assertEquals(List.of(), invariants.sentTwiceAtATime());
        assertReports(
                "Notification 1601 was sent again while it was being sent",
                invariants::sentTwiceAtATime,
                () -> attempt(PAID, "node-2", 2, "12:01:01.050", "STATUS"));
        // each takes 100 ms here: a claim of but 40 is over by then
        assertTrue(invariants.sentTwiceAtATime(Duration.ofMillis(60)).toString().contains("while it was being sent"));
        assertFalse(
                invariants.sentTwiceAtATime(Duration.ofMillis(40)).toString().contains("while it was being sent"));
        assertReports(
                "Notification 1601 was sent again after it was delivered",
                invariants::sentTwiceAtATime,
                () -> attempt(PAID, "node-1", 1, "12:01:02", "STATUS"));
        assertReports(
                "Notification 1602 has a state that no try of it explains",
                invariants::sentTwiceAtATime,
                () -> attempt(COMPLETED, "node-2", 2, "12:11:02", "DELIVERED"));
        db.execute("UPDATE notification_attempts SET created_at = started_at + INTERVAL 1 SECOND");
        db.execute(
                "UPDATE notification_attempts SET created_at = started_at + INTERVAL 9 SECOND WHERE started_at = ?",
                day("12:11:01"));
        assertTrue(
                invariants.sentTwiceAtATime(Duration.ofSeconds(10)).toString().contains("1602 has a state"),
                "both said so while their claims held");
        assertFalse(
                invariants.sentTwiceAtATime(Duration.ofSeconds(5)).toString().contains("1602 has a state"),
                "the first one said so when its claim was over");
    }

    @Test
    void history_of_a_shard_that_does_not_fit_its_owner_is_reported() {
        assertReports(
                "Shard 3 belongs to another node",
                invariants::notOneOwner,
                () -> db.execute("UPDATE shard_leases SET node = 'node-9'"));
        assertReports(
                "Shard 3 is not owned as its history says",
                invariants::notOneOwner,
                () -> db.execute("UPDATE shard_leases SET epoch = 3"));
        db.execute("UPDATE shard_leases SET epoch = 2");
        assertReports(
                "Shard 3 is not owned as its history says",
                invariants::notOneOwner,
                () -> db.execute("DELETE FROM shard_epochs WHERE epoch = 1"));
    }

    @Test
    void work_of_a_node_that_did_not_own_the_shard_is_reported() {
        assertReports(
                "A row of order_status_logs",
                invariants::notOneOwner,
                () -> db.execute("UPDATE order_status_logs SET node = 'node-2' WHERE to_status = 'PAID'"));
        db.execute("UPDATE order_status_logs SET node = 'node-1' WHERE to_status = 'PAID'");
        assertReports(
                "A row of notification_attempts",
                invariants::notOneOwner,
                () -> db.execute("UPDATE notification_attempts SET node = 'node-9' WHERE notification_id = ?", PAID));
        db.execute("UPDATE notification_attempts SET node = 'node-1' WHERE notification_id = ?", PAID);
        assertReports(
                "A row of status_changes",
                invariants::notOneOwner,
                () -> db.execute(
                        "INSERT INTO status_changes (kind, subject_id, user_id, from_status, to_status, node, epoch)"
                                + " VALUES ('USER', ?, ?, 1, 0, 'node-1', 2)",
                        USER,
                        USER));
    }

    @Test
    void row_that_was_written_under_an_epoch_that_was_over_or_not_begun_is_reported() {
        assertReports(
                "was written under an epoch that was over",
                invariants::notOneOwner,
                () -> db.execute(
                        "UPDATE order_status_logs SET created_at = ? WHERE to_status = 'PAID'", day("12:10:01")));
        db.execute("UPDATE order_status_logs SET created_at = ? WHERE to_status = 'PAID'", day("12:01:00"));
        assertEquals(List.of(), invariants.notOneOwner());
        assertReports(
                "is older than the right to write it",
                invariants::notOneOwner,
                () -> db.execute(
                        "UPDATE order_status_logs SET created_at = ? WHERE to_status = 'COMPLETED'", day("12:09:00")));
    }

    @Test
    void what_starts_while_a_user_is_off_is_reported() {
        Duration second = Duration.ofSeconds(1);
        assertEquals(List.of(), invariants.startedWhileOff(List.of(off("12:11:00.500", "12:20:00")), second));
        List<String> reported = invariants.startedWhileOff(List.of(off("12:10:59", "12:20:00")), second);
        assertTrue(reported.toString().contains("and notification 1602 was sent"), reported::toString);
        reported = invariants.startedWhileOff(List.of(off("12:10:58.900", "12:20:00")), second);
        assertTrue(reported.toString().contains("and a step of order 100 was dealt"), reported::toString);
        assertEquals(List.of(), invariants.startedWhileOff(List.of(off("12:10:58", "12:10:59.900")), second));
    }

    @Test
    void notification_that_was_sent_before_that_of_an_earlier_event_is_reported() {
        assertReports(
                "Notification 1602 was sent before",
                () -> invariants.startedOutOfOrder(List.of(ORDER, ORDER + 1)),
                () -> db.execute(
                        "UPDATE notification_attempts SET started_at = ? WHERE notification_id = ?",
                        day("12:01:00"),
                        COMPLETED));
    }

    @Test
    void bad_row_that_is_not_set_aside_and_good_one_that_is_are_reported() {
        order(102, "SHIPPED", null);
        assertTrue(invariants.notSetAsideAsDue().toString().contains("Bad order 102"));
        db.execute("UPDATE orders SET held = 2 WHERE id = 102");
        assertTrue(invariants.notSetAsideAsDue().toString().contains("Bad order 102"));
        db.execute(
                "INSERT INTO set_aside (kind, subject_id, reason, node) VALUES ('ORDER', 102, 'SHIPPED?', 'node-1')");
        assertEquals(List.of(), invariants.notSetAsideAsDue());
        assertReports(
                "Good order 100 is set aside",
                invariants::notSetAsideAsDue,
                () -> db.execute("UPDATE orders SET held = 2 WHERE id = 100"));
        assertReports(
                "Bad order 101 is not set aside",
                invariants::notSetAsideAsDue,
                () -> db.execute("UPDATE orders SET attributes = '{' WHERE id = 101"));
        assertReports(
                "Notification 1601 is set aside",
                invariants::notSetAsideAsDue,
                () -> db.execute("UPDATE notifications SET held = 2 WHERE id = ?", PAID));
    }

    @Test
    void many_rows_are_not_all_told() {
        for (int i = 0; i < 30; i++) {
            order(200 + i, "PAID", "12:00:30");
        }
        List<String> reported = invariants.unfinished();
        assertTrue(reported.contains("... and 10 more"), reported::toString);
    }

    private static void assertReports(String what, Supplier<List<String>> check, Runnable harm) {
        List<String> before = check.get();
        assertTrue(before.stream().noneMatch(row -> row.contains(what)), () -> what + " before the harm: " + before);
        harm.run();
        List<String> after = check.get();
        assertTrue(after.stream().anyMatch(row -> row.contains(what)), () -> what + " is not among " + after);
    }

    private void grant(long epoch, String node, String at) {
        db.execute(
                "INSERT INTO shard_epochs (shard, epoch, node, leader_epoch, reason, granted_at)"
                        + " VALUES (3, ?, ?, 1, 'FREE', ?)",
                epoch,
                node,
                day(at));
    }

    private void order(long id, String status, String paidAt) {
        boolean dealtWith = id < 102;
        db.execute(
                "INSERT INTO orders (id, order_no, user_id, merchant_id, status, seen_status, created_at, paid_at)"
                        + " VALUES (?, ?, ?, 1, ?, ?, ?, ?)",
                id,
                "T-" + id,
                USER,
                status,
                dealtWith ? status : null,
                day("12:00:00"),
                paidAt == null ? null : day(paidAt));
    }

    private void log(long order, String from, String to, String node, long epoch, String at) {
        db.execute(
                "INSERT INTO order_status_logs (order_id, user_id, from_status, to_status, occurred_at, node, epoch,"
                        + " created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                order,
                USER,
                from,
                to,
                day(at),
                node,
                epoch,
                day(at));
    }

    private void delivered(long id, String event, String node, long epoch, String at) {
        notification(id, event, "DELIVERED");
        attempt(id, node, epoch, at, "DELIVERED");
        deliveries.put(id, new Delivery(id, 1, 1, NOON));
    }

    private void notification(long id, String event, String state) {
        db.execute(
                "INSERT INTO notifications (id, order_id, user_id, merchant_id, event, body, state, attempts,"
                        + " next_attempt_at) VALUES (?, ?, ?, 1, ?, '{}', ?, 1, ?)",
                id,
                id / 16,
                USER,
                event,
                state,
                day("12:00:00"));
    }

    /** Each under a claim of its own. */
    private void attempt(long notification, String node, long epoch, String at, String outcome) {
        db.execute(
                "INSERT INTO notification_attempts (notification_id, attempt, claim_token, node, epoch, started_at,"
                        + " duration_ms, outcome) VALUES (?, 1, ?, ?, ?, ?, 100, ?)",
                notification,
                ++claims,
                node,
                epoch,
                day(at),
                outcome);
    }

    private static String day(String time) {
        return "2026-01-01 " + time;
    }

    private static Off off(String from, String until) {
        return new Off((int) USER, millis(from), millis(until));
    }

    private static long millis(String time) {
        return NOON - Duration.ofHours(12).toMillis() + LocalTime.parse(time).toNanoOfDay() / 1_000_000;
    }
}

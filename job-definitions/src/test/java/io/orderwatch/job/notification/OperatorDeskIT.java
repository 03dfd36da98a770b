package io.orderwatch.job.notification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.dao.TestDatabase;
import io.orderwatch.dao.notification.DeadFilter;
import io.orderwatch.job.notification.OperatorDesk.Switched;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(StackExtension.class)
class OperatorDeskIT {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    private TestDatabase db;
    private OperatorDesk desk;

    @BeforeEach
    void open(Stack stack) {
        db = TestDatabase.create(stack);
        desk = new OperatorDesk(db.database(), InstantSource.system());
        db.execute("INSERT INTO users (id) VALUES (3)");
        db.execute("INSERT INTO merchants (id, name) VALUES (5, 'Tea\nshop'), (6, 'Book shop')");
        db.execute("INSERT INTO merchant_endpoints (id, merchant_id, url, secret)"
                + " VALUES (51, 5, 'http://tea.example/', 'a'), (61, 6, 'http://books.example/', 'b')");
        db.execute("INSERT INTO orders (id, order_no, user_id, merchant_id, status, seen_status)"
                + " VALUES (1, 'A-1', 3, 5, 'PAID', 'PAID'), (2, 'A-2', 3, 5, 'PAID', 'PAID')");
    }

    @AfterEach
    void close() {
        db.close();
    }

    @Test
    void all_that_happened_to_an_order_is_told_in_its_order() {
        db.execute(
                "INSERT INTO order_status_logs (order_id, user_id, from_status, to_status, derived, occurred_at, node,"
                        + " epoch, created_at) VALUES"
                        + " (1, 3, NULL, 'PENDING', 0, '2026-01-01 12:00:00', 'node-1', 7, '2026-01-01 12:00:00'),"
                        + " (1, 3, 'PENDING', 'PAID', 1, '2026-01-01 12:00:01', 'node-1', 7, '2026-01-01 12:00:01'),"
                        + " (2, 3, NULL, 'PENDING', 0, '2026-01-01 12:00:00', 'node-1', 7, '2026-01-01 12:00:00')");
        db.execute("INSERT INTO notifications (id, order_id, user_id, merchant_id, event, body, state, attempts,"
                + " next_attempt_at, claimed_by, created_at, finished_at) VALUES"
                + " (17, 1, 3, 5, 'PAID', '{}', 'DEAD', 2, '2026-01-01 12:00:06', 'node-2', '2026-01-01 12:00:01',"
                + " '2026-01-01 12:00:07')");
        db.execute("INSERT INTO notification_attempts (notification_id, attempt, claim_token, step, endpoint_id, node,"
                + " epoch, started_at, duration_ms, outcome, http_status, detail, doubt) VALUES"
                + " (17, 1, 1, 1, 51, 'node-1', 7, '2026-01-01 12:00:01.100', 10, 'CONNECT', NULL, 'refused', 'NONE'),"
                + " (17, 1, 1, 2, 52, 'node-1', 7, '2026-01-01 12:00:01.120', 10000, 'TIMEOUT', NULL, NULL, 'UNHEARD'),"
                + " (17, 2, 2, 1, 51, 'node-2', 8, '2026-01-01 12:00:06.500', 30, 'STATUS', 500, 'oops', 'NONE')");
        db.execute("INSERT INTO set_aside (kind, subject_id, reason, node, last_at)"
                + " VALUES ('ORDER', 1, 'no such strategy', 'node-1', '2026-01-01 11:59:59')");
        assertEquals(
                List.of(
                        "2026-01-01T11:59:59Z  SET_ASIDE - the order: no such strategy [node-1]",
                        "2026-01-01T12:00:00Z  STATUS - new to PENDING [node-1, epoch 7]",
                        "2026-01-01T12:00:01Z  STATUS - PENDING to PAID, derived [node-1, epoch 7]",
                        "2026-01-01T12:00:01Z  NOTIFICATION ow_17 PAID for merchant 5, now DEAD",
                        "2026-01-01T12:00:01.100Z  ATTEMPT ow_17 try 1 at endpoint 51: CONNECT after 10 ms, refused"
                                + " [node-1, epoch 7]",
                        "2026-01-01T12:00:01.120Z  ATTEMPT ow_17 try 1 step 2 at endpoint 52: TIMEOUT after 10000 ms"
                                + " (UNHEARD) [node-1, epoch 7]",
                        "2026-01-01T12:00:06.500Z  ATTEMPT ow_17 try 2 at endpoint 51: STATUS 500 after 30 ms, oops"
                                + " [node-2, epoch 8]",
                        "2026-01-01T12:00:07Z  DONE ow_17 PAID is DEAD after 2 tries [node-2]"),
                desk.why("A-1").stream()
                        .map(line -> line.replaceAll(" +", " ").replaceFirst("Z ", "Z  "))
                        .collect(Collectors.toList()));
        assertEquals(List.of(), desk.why("nobody's"));
    }

    @Test
    void those_that_were_given_up_are_counted_and_made_due_once() {
        dead(17, 5, "2026-01-01 11:00:00");
        dead(33, 5, "2026-01-01 13:00:00");
        dead(49, 6, "2026-01-01 13:00:00");
        db.execute("INSERT INTO notifications (id, order_id, user_id, merchant_id, event, body, state, next_attempt_at,"
                + " finished_at) VALUES (65, 4, 3, 5, 'PAID', '{}', 'DELIVERED', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))");
        assertEquals(3, desk.countDead(new DeadFilter(null, null, null)));
        assertEquals(2, desk.countDead(new DeadFilter(5L, null, null)));
        assertEquals(1, desk.countDead(new DeadFilter(5L, NOON, null)));
        assertEquals(1, desk.countDead(new DeadFilter(null, null, NOON)));
        assertEquals(0, desk.countDead(new DeadFilter(7L, null, null)));

        List<Long> progress = new ArrayList<>();
        assertEquals(1, desk.redriveDead("op@host", new DeadFilter(5L, NOON, null), progress::add));
        assertEquals(List.of(1L), progress);
        assertEquals(0, desk.redriveDead("op2@host", new DeadFilter(5L, NOON, null), progress::add));
        assertEquals(
                "33 READY 0",
                db.text("SELECT CONCAT(id, ' ', state, ' ', attempts) FROM notifications WHERE finished_at IS NULL"));
        assertEquals(1, db.number("SELECT wake_at <= UTC_TIMESTAMP(3) FROM notifications WHERE id = 33"), "due");
        assertEquals(
                "op@host 5", db.text("SELECT CONCAT(actor, ' ', subject) FROM audit_log WHERE action = 'retry-dead'"));
        assertEquals(2, desk.countDead(new DeadFilter(null, null, null)));
    }

    @Test
    void many_are_made_due_in_portions() {
        db.execute("INSERT INTO notifications (id, order_id, user_id, merchant_id, event, body, state, attempts,"
                + " next_attempt_at, finished_at) WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n"
                + " WHERE i < 900) SELECT (a.i * 900 + b.i) * 16 + 1, a.i * 900 + b.i, 3, 5, 'PAID', '{}', 'DEAD', 4,"
                + " UTC_TIMESTAMP(3), '2026-01-01 13:00:00' FROM n a JOIN n b ON a.i <= 25");
        List<Long> progress = new ArrayList<>();
        assertEquals(22_500, desk.redriveDead("op@host", new DeadFilter(null, null, null), progress::add));
        assertEquals(List.of(10_000L, 20_000L, 22_500L), progress);
    }

    @Test
    void merchants_are_paused_and_resumed_and_each_leaves_a_row() {
        assertEquals(Switched.DONE, desk.switchMerchant("op@host", 5, false));
        assertEquals(Switched.WAS_SO, desk.switchMerchant("op@host", 5, false));
        assertEquals(0, db.number("SELECT status FROM merchants WHERE id = 5"));
        assertEquals(Switched.DONE, desk.switchMerchant("op@host", 5, true));
        assertEquals(Switched.UNKNOWN, desk.switchMerchant("op@host", 99, true));
        assertEquals(
                "pause-merchant 5,resume-merchant 5",
                db.text("SELECT GROUP_CONCAT(action, ' ', subject ORDER BY id) FROM audit_log"));
    }

    @Test
    void merchants_are_listed_with_their_state() {
        assertEquals(List.of("5 Tea shop normal", "6 Book shop normal"), merchants());
        db.execute("INSERT INTO slow_merchants (merchant_id, node, average_ms) VALUES (6, 'node-1', 4000)");
        db.execute("INSERT INTO breaker_changes (merchant_id, endpoint_id, from_state, to_state, reason, epoch, node)"
                + " VALUES (5, 51, 'CLOSED', 'OPEN', '5 in a row', 1, 'node-1')");
        assertEquals(List.of("5 Tea shop open", "6 Book shop slow"), merchants());
        String open = desk.merchants().get(0).why();
        assertTrue(open.startsWith("endpoint 51 is OPEN since ") && open.endsWith(": 5 in a row"), open);
        String slow = desk.merchants().get(1).why();
        assertTrue(slow.startsWith("4000 ms on average since ") && slow.endsWith(" on node-1"), slow);
        db.execute("INSERT INTO breaker_changes (merchant_id, endpoint_id, from_state, to_state, reason, epoch, node)"
                + " VALUES (5, 51, 'OPEN', 'CLOSED', 'the probe went through', 2, 'node-1')");
        assertTrue(merchants().contains("5 Tea shop normal"), merchants().toString());
    }

    @Test
    void who_asks_why_hears_of_the_breaker_that_holds_it_back() {
        db.execute("INSERT INTO notifications (id, order_id, user_id, merchant_id, event, body, held, next_attempt_at)"
                + " VALUES (17, 1, 3, 5, 'PAID', '{}', 3, UTC_TIMESTAMP(3))");
        db.execute("INSERT INTO breaker_changes (merchant_id, endpoint_id, from_state, to_state, reason, epoch, node)"
                + " VALUES (5, 51, 'CLOSED', 'OPEN', '5 failures in a row', 1, 'node-1')");
        String expected = "endpoint 51 is OPEN, so it waits and uses up no try: 5 failures in a row  [node-1]";
        assertEquals(
                1,
                desk.why("A-1").stream()
                        .filter(l -> l.contains("BREAKER") && l.contains(expected))
                        .count());
        db.execute("INSERT INTO breaker_changes (merchant_id, endpoint_id, from_state, to_state, reason, epoch, node)"
                + " VALUES (5, 51, 'OPEN', 'CLOSED', 'its probe was accepted', 2, 'node-1')");
        assertEquals(
                0, desk.why("A-1").stream().filter(l -> l.contains("BREAKER")).count());
    }

    @Test
    void what_waits_is_counted_by_merchant_and_lane() {
        db.execute("INSERT INTO notifications (id, order_id, user_id, merchant_id, event, body, state, held, attempts,"
                + " next_attempt_at, lease_until, created_at) VALUES"
                + " (17, 1, 3, 5, 'PAID', '{}', 'READY', 0, 0, '2026-01-01', '1970-01-01', '2026-01-01 12:00:00'),"
                + " (18, 1, 3, 5, 'PAID', '{}', 'READY', 0, 2, '2099-01-01', '1970-01-01', '2026-01-01 12:00:00'),"
                + " (33, 2, 4, 5, 'PAID', '{}', 'SENDING', 0, 0, '2026-01-01', '2099-01-01', '2026-01-01 13:00:00'),"
                + " (34, 2, 4, 5, 'PAID', '{}', 'READY', 3, 0, '2026-01-01', '1970-01-01', '2026-01-01 14:00:00'),"
                + " (49, 3, 4, 6, 'PAID', '{}', 'READY', 3, 1, '2026-01-01', '1970-01-01', '2026-01-01 15:00:00'),"
                + " (50, 3, 4, 6, 'PAID', '{}', 'READY', 1, 0, '2026-01-01', '1970-01-01', '2026-01-01 15:00:00'),"
                + " (51, 3, 4, 6, 'PAID', '{}', 'READY', 2, 0, '2026-01-01', '1970-01-01', '2026-01-01 15:00:00'),"
                + " (65, 4, 4, 6, 'PAID', '{}', 'DEAD', 3, 4, '2026-01-01', '1970-01-01', '2026-01-01 15:00:00')");
        assertEquals(
                List.of(
                        "5 free 2+1, 1 due, oldest 2026-01-01T12:00:00Z",
                        "5 parked 1+0, 1 due, oldest 2026-01-01T14:00:00Z",
                        "6 parked 0+1, 1 due, oldest 2026-01-01T15:00:00Z"),
                desk.queues().lines().stream()
                        .map(q -> q.merchantId() + " " + q.lane() + " " + q.first() + "+" + q.again() + ", " + q.due()
                                + " due, oldest " + q.oldestAt())
                        .toList());
    }

    private List<String> merchants() {
        return desk.merchants().stream()
                .map(m -> m.id() + " " + m.name() + " " + m.state())
                .toList();
    }

    private void dead(long id, long merchant, String at) {
        db.execute(
                "INSERT INTO notifications (id, order_id, user_id, merchant_id, event, body, state, attempts,"
                        + " next_attempt_at, finished_at) VALUES (?, ?, 3, ?, 'PAID', '{}', 'DEAD', 4, ?, ?)",
                id,
                id / 16,
                merchant,
                at,
                at);
    }
}

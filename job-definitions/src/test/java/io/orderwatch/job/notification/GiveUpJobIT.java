package io.orderwatch.job.notification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import io.orderwatch.dao.TestDatabase;
import io.orderwatch.dao.notification.DeadFilter;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(StackExtension.class)
class GiveUpJobIT {

    private TestDatabase db;
    private GiveUpJob job;

    @BeforeEach
    void open(Stack stack) {
        db = TestDatabase.create(stack);
        job = new GiveUpJob(db.database(), "node-1", TestDatabase.SHARDS, Duration.ofDays(7), new MetricRegistry());
        db.execute("INSERT INTO merchants (id, status) VALUES (5, 1), (6, 1), (7, 0), (8, 1)");
        db.execute(
                "INSERT INTO merchant_endpoints (id, merchant_id, url, fallback) VALUES (51, 5, 'http://a.example/', 0),"
                        + " (61, 6, 'http://b.example/', 0), (71, 7, 'http://c.example/', 0), (81, 8, 'http://d.example/', 0),"
                        + " (82, 8, 'http://e.example/', 0), (52, 5, 'http://f.example/', 1)");
        db.execute("INSERT INTO orders (id, order_no, user_id, merchant_id, status, seen_status)"
                + " VALUES (1, 'A-1', 3, 5, 'PAID', 'PAID')");
    }

    @AfterEach
    void close() {
        db.close();
    }

    @Test
    void what_an_open_breaker_held_back_for_too_long_is_dead_with_the_reason_and_can_be_tried_again() {
        for (long endpoint : new long[] {51, 61, 71, 81}) {
            change(endpoint, "OPEN", 9);
            change(endpoint, "HALF_OPEN", 3);
            change(endpoint, "OPEN", 3);
        }
        parked(17, 5, 0, 8);
        parked(18, 5, 2, 8);
        parked(19, 5, 0, 6); // not for long enough
        parked(33, 7, 0, 8); // an operator has it wait
        parked(49, 8, 0, 8); // its other endpoint can be called
        db.execute("INSERT INTO notifications (id, order_id, user_id, merchant_id, event, body, next_attempt_at)"
                + " VALUES (20, 1, 3, 5, 'PAID', '{}', UTC_TIMESTAMP(3) - INTERVAL 8 DAY)"); // is just about to
        // be looked at
        assertEquals(2, job.run(() -> false));
        assertEquals("17,18", db.text("SELECT GROUP_CONCAT(id ORDER BY id) FROM notifications WHERE state = 'DEAD'"));
        assertEquals(
                "17 1 BREAKER,18 3 BREAKER",
                db.text("SELECT GROUP_CONCAT(notification_id, ' ', attempt, ' ', outcome ORDER BY id)"
                        + " FROM notification_attempts"));
        assertEquals(0, job.run(() -> false));

        OperatorDesk desk = new OperatorDesk(db.database(), InstantSource.system());
        assertTrue(
                desk.why("A-1").stream().anyMatch(line -> line.contains("BREAKER after 0 ms, It was due for 168 h")),
                desk.why("A-1").toString());
        assertEquals(2, desk.redriveDead("op@host", new DeadFilter(5L, null, null), done -> {}));
        assertEquals(0, job.run(() -> false), "it is due since a moment ago");
    }

    @Test
    void a_breaker_that_was_closed_meanwhile_or_not_open_for_so_long_gives_nothing_up() {
        change(51, "OPEN", 9);
        change(51, "CLOSED", 2);
        change(51, "OPEN", 1);
        change(61, "OPEN", 5);
        parked(17, 5, 0, 8);
        parked(33, 6, 0, 8);
        assertEquals(0, job.run(() -> false));
        change(51, "CLOSED", 0);
        assertEquals(0, job.run(() -> false));
    }

    private long epoch;

    private void change(long endpoint, String to, int daysAgo) {
        db.execute(
                "INSERT INTO breaker_changes (merchant_id, endpoint_id, from_state, to_state, reason, epoch, node, created_at)"
                        + " VALUES (?, ?, 'CLOSED', ?, 'r', ?, 'node-1', UTC_TIMESTAMP(3) - INTERVAL ? DAY)",
                endpoint / 10,
                endpoint,
                to,
                ++epoch,
                daysAgo);
    }

    private void parked(long id, long merchant, int attempts, int daysAgo) {
        db.execute(
                "INSERT INTO notifications (id, order_id, user_id, merchant_id, event, body, held, attempts, next_attempt_at)"
                        + " VALUES (?, ?, 3, ?, 'PAID', '{}', 3, ?, UTC_TIMESTAMP(3) - INTERVAL ? DAY)",
                id,
                id / 16,
                merchant,
                attempts,
                daysAgo);
    }
}

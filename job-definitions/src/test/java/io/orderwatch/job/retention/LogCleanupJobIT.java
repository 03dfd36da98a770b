package io.orderwatch.job.retention;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.codahale.metrics.MetricRegistry;
import io.orderwatch.dao.TestDatabase;
import io.orderwatch.dao.retention.RetainedTable;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(StackExtension.class)
class LogCleanupJobIT {

    @Test
    void rows_past_their_age_go_and_all_others_stay(Stack stack) {
        try (TestDatabase db = TestDatabase.create(stack)) {
            for (int i = 0; i < 25; i++) {
                int days = i < 15 ? 10 : 1;
                db.execute(
                        "INSERT INTO order_status_logs (order_id, user_id, to_status, occurred_at, node, epoch, created_at)"
                                + " VALUES (?, 1, 'PAID', UTC_TIMESTAMP(3), 'n', 1, UTC_TIMESTAMP(3) - INTERVAL ? DAY)",
                        i,
                        days);
                db.execute(
                        "INSERT INTO notifications (id, order_id, user_id, merchant_id, event, body, state, next_attempt_at, created_at, finished_at)"
                                + " VALUES (?, ?, 1, 1, 'PAID', '{}', ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) - INTERVAL ? DAY, ?)",
                        i * 16 + 1,
                        i,
                        i % 5 == 0 ? "READY" : i % 5 == 1 ? "DEAD" : "DELIVERED",
                        days,
                        i % 5 == 0 ? null : db.text("SELECT UTC_TIMESTAMP(3) - INTERVAL ? DAY", days));
            }
            // told today of the oldest order: a young row at an old key
            db.execute(
                    "INSERT INTO notifications (id, order_id, user_id, merchant_id, event, body, state, next_attempt_at,"
                            + " finished_at) VALUES (2, 0, 1, 1, 'CANCELLED', '{}', 'DELIVERED', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))");
            RetentionSettings settings = new RetentionSettings(
                    Map.of(
                            RetainedTable.ORDER_STATUS_LOGS, Duration.ofDays(7),
                            RetainedTable.DELIVERED_NOTIFICATIONS, Duration.ofDays(7),
                            RetainedTable.DEAD_NOTIFICATIONS, Duration.ofDays(90)),
                    4,
                    Duration.ZERO);
            int removed = new LogCleanupJob(db.database(), settings, new MetricRegistry()).run(() -> false);
            assertEquals(10, db.number("SELECT COUNT(*) FROM order_status_logs"));
            assertEquals(
                    "DEAD:5,DELIVERED:7,READY:5",
                    db.text("SELECT GROUP_CONCAT(state, ':', n ORDER BY state)"
                            + " FROM (SELECT state, COUNT(*) AS n FROM notifications GROUP BY state) s"));
            assertEquals(24, removed);
        }
    }
}

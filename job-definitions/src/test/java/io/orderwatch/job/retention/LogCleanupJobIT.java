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
                    db.text("SELECT GROUP_CONCAT(state, ':', n ORDER BY CAST(state AS CHAR))"
                            + " FROM (SELECT state, COUNT(*) AS n FROM notifications GROUP BY state) s"));
            assertEquals(24, removed);
        }
    }

    @Test
    void what_still_holds_stays_however_old_it_is(Stack stack) {
        try (TestDatabase db = TestDatabase.create(stack)) {
            db.execute("INSERT INTO shard_leases (shard, node, epoch) VALUES (0, 'here', 3), (1, 'here', 1)");
            db.execute("INSERT INTO shard_epochs (shard, epoch, node, leader_epoch, reason, granted_at) VALUES"
                    + " (0, 1, 'gone', 1, 'FREE', UTC_TIMESTAMP(6) - INTERVAL 100 DAY),"
                    + " (0, 2, 'gone', 1, 'FREE', UTC_TIMESTAMP(6) - INTERVAL 50 DAY),"
                    + " (0, 3, 'here', 1, 'TAKEOVER', UTC_TIMESTAMP(6) - INTERVAL 40 DAY),"
                    + " (1, 1, 'here', 1, 'FREE', UTC_TIMESTAMP(6) - INTERVAL 100 DAY)");
            db.execute(
                    "INSERT INTO node_leases (node, incarnation, lease_until) VALUES"
                            + " ('here', 1, UTC_TIMESTAMP(6) + INTERVAL 1 HOUR), ('gone', 1, UTC_TIMESTAMP(6) - INTERVAL 1 HOUR)");
            db.execute("INSERT INTO job_runs (job, node, last_started_at, last_duration_ms, updated_at) VALUES"
                    + " ('paused', 'here', UTC_TIMESTAMP(3), 1, UTC_TIMESTAMP(3) - INTERVAL 50 DAY),"
                    + " ('old', 'gone', UTC_TIMESTAMP(3), 1, UTC_TIMESTAMP(3) - INTERVAL 50 DAY),"
                    + " ('young', 'gone', UTC_TIMESTAMP(3), 1, UTC_TIMESTAMP(3))");
            db.execute("INSERT INTO audit_log (actor, action, created_at) VALUES"
                    + " ('a', 'old', UTC_TIMESTAMP(3) - INTERVAL 50 DAY), ('a', 'young', UTC_TIMESTAMP(3))");
            db.execute("INSERT INTO alerts (name, severity, title, message, opened_at, closed_at) VALUES"
                    + " ('open', 'CRITICAL', 't', 'm', UTC_TIMESTAMP(3) - INTERVAL 90 DAY, NULL),"
                    + " ('just over', 'CRITICAL', 't', 'm', UTC_TIMESTAMP(3) - INTERVAL 90 DAY, UTC_TIMESTAMP(3)),"
                    + " ('long over', 'CRITICAL', 't', 'm', UTC_TIMESTAMP(3) - INTERVAL 90 DAY,"
                    + " UTC_TIMESTAMP(3) - INTERVAL 50 DAY)");
            db.execute("INSERT INTO set_aside (kind, subject_id, reason, node, last_at, closed_at) VALUES"
                    + " ('ORDER', 1, 'waits', 'n', UTC_TIMESTAMP(3) - INTERVAL 50 DAY, NULL),"
                    + " ('ORDER', 2, 'mended', 'n', UTC_TIMESTAMP(3) - INTERVAL 50 DAY,"
                    + " UTC_TIMESTAMP(3) - INTERVAL 49 DAY),"
                    + " ('ORDER', 4, 'mended just now', 'n', UTC_TIMESTAMP(3) - INTERVAL 50 DAY, UTC_TIMESTAMP(3)),"
                    + " ('NOTIFICATION', 2, 'mended', 'n', UTC_TIMESTAMP(3) - INTERVAL 50 DAY,"
                    + " UTC_TIMESTAMP(3) - INTERVAL 49 DAY)");
            Duration age = Duration.ofDays(30);
            RetentionSettings settings = new RetentionSettings(
                    Map.of(
                            RetainedTable.SHARD_EPOCHS, age,
                            RetainedTable.JOB_RUNS, age,
                            RetainedTable.AUDIT_LOG, age,
                            RetainedTable.ALERTS, age,
                            RetainedTable.SET_ASIDE, age),
                    // smaller than what goes, so that each walk takes several steps
                    1,
                    Duration.ZERO);
            LogCleanupJob job = new LogCleanupJob(db.database(), settings, new MetricRegistry());
            assertEquals(2 + 1 + 1 + 1 + 2, job.run(() -> false));
            assertEquals("0:3,1:1", rows(db, "shard_epochs", "CONCAT(shard, ':', epoch)"));
            assertEquals("paused,young", rows(db, "job_runs", "job"));
            assertEquals("young", rows(db, "audit_log", "action"));
            assertEquals("just over,open", rows(db, "alerts", "name"));
            assertEquals("ORDER1,ORDER4", rows(db, "set_aside", "CONCAT(kind, subject_id)"));
            assertEquals(0, job.run(() -> false), "a second run has nothing to do");
        }
    }

    private static String rows(TestDatabase db, String table, String column) {
        return db.text("SELECT GROUP_CONCAT(" + column + " ORDER BY " + column + ") FROM " + table);
    }
}

package io.orderwatch.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** Whether Quartz still wakes everybody up. */
final class Triggers {

    /** The doctor looks every 30 s: what it has not repaired after a few rounds stays so. */
    private static final Duration PATIENCE = Duration.ofSeconds(100);

    /** No job of a node has a longer interval than the doctor, which is the cluster's. */
    private static final int LATE_SECONDS = 40;

    private static final List<String> JOBS_OF_NODES =
            List.of("order-scan", "status-change", "expiry-cancel", "notify-retry");

    private final Tables tables;
    private final List<String> nodes;

    Triggers(Tables tables, List<String> nodes) {
        this.tables = tables;
        this.nodes = nodes;
    }

    /** Those that do not move, although they were given time to. */
    List<String> stuck() {
        try {
            Awaitility.await()
                    .atMost(PATIENCE)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(500))
                    .until(() -> look().isEmpty());
            return List.of();
        } catch (ConditionTimeoutException e) {
            return look();
        }
    }

    private List<String> look() {
        List<String> stuck = new ArrayList<>(tables.texts(
                "SELECT CONCAT('Trigger ', TRIGGER_GROUP, '.', TRIGGER_NAME, ' is stuck: ', TRIGGER_STATE,"
                        + " ', next firing ', FROM_UNIXTIME(NEXT_FIRE_TIME / 1000)) FROM QRTZ_TRIGGERS t"
                        + " WHERE t.TRIGGER_STATE = 'ERROR' OR t.NEXT_FIRE_TIME <"
                        + " (UNIX_TIMESTAMP() - ?) * 1000 OR (t.TRIGGER_STATE IN ('ACQUIRED', 'BLOCKED')"
                        // a trigger that is acquired does not tell its job there yet
                        + " AND NOT EXISTS (SELECT 1 FROM QRTZ_FIRED_TRIGGERS f WHERE (f.TRIGGER_NAME = t.TRIGGER_NAME"
                        + " AND f.TRIGGER_GROUP = t.TRIGGER_GROUP) OR (f.JOB_NAME = t.JOB_NAME"
                        + " AND f.JOB_GROUP = t.JOB_GROUP)))",
                LATE_SECONDS));
        for (String node : nodes) {
            for (String job : JOBS_OF_NODES) {
                if (tables.number("SELECT COUNT(*) FROM QRTZ_TRIGGERS WHERE JOB_GROUP = ? AND JOB_NAME = ?", job, node)
                        == 0) {
                    stuck.add("Job " + job + " of " + node + " has no trigger");
                }
            }
        }
        return stuck;
    }
}

package io.orderwatch.dao;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.dao.cluster.ClusterStore;
import io.orderwatch.dao.jobs.JobRun;
import io.orderwatch.dao.jobs.JobStore;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.TimeZone;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(StackExtension.class)
class UtcInstantsIT {

    @Test
    void moments_are_stored_in_utc_wherever_the_node_runs(Stack stack) {
        TimeZone before = TimeZone.getDefault();
        TimeZone.setDefault(TimeZone.getTimeZone("America/New_York"));
        try (TestDatabase db = TestDatabase.create(stack)) {
            JobStore jobs = new JobStore();
            // an hour that New York has twice
            Instant moment = Instant.parse("2026-11-01T05:30:00.123Z");
            JobRun run = new JobRun("order-scan", "node-1", moment, Duration.ofMillis(5), 1, 2, 0, null, null);
            db.database().run(tx -> jobs.record(tx, List.of(run)));
            assertEquals("2026-11-01 05:30:00.123", db.text("SELECT CAST(last_started_at AS CHAR) FROM job_runs"));
            assertEquals(List.of(run), db.database().inTransaction(jobs::runs));
            Instant time = db.database().inTransaction(new ClusterStore()::databaseTime);
            assertTrue(Duration.between(time, Instant.now()).abs().compareTo(Duration.ofMinutes(5)) < 0);
        } finally {
            TimeZone.setDefault(before);
        }
    }
}

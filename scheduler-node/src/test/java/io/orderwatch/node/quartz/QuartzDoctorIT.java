package io.orderwatch.node.quartz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.job.Ticker;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Damage as it is seen in the field, planted in the tables of a running cluster. */
@ExtendWith(StackExtension.class)
class QuartzDoctorIT {

    /** For a machine that is busy with something else. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private TestCluster cluster;

    @BeforeEach
    void open(Stack stack) {
        cluster = new TestCluster(stack);
        cluster.setting("sweep", 200, null);
        cluster.setting("once", 300, null);
        cluster.start("node-1");
        cluster.start("node-2");
        cluster.until(() -> cluster.count("node-1", "sweep") > 1 && cluster.count("node-2", "sweep") > 1);
        cluster.until(() -> cluster.count("once") > 1);
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    @Test
    void a_healthy_cluster_is_left_alone() {
        for (int i = 0; i < 20; i++) {
            assertEquals(List.of(), doctor().repairNow("tester"));
        }
        assertEquals(0, audited());
    }

    @Test
    void a_trigger_reserved_by_nobody_waits_again() throws Exception {
        stuck("ACQUIRED");
        assertEquals(
                List.of("sweep/node-2 is ACQUIRED, but nobody has reserved it; it waits again"),
                doctor().repairNow("tester"));
        assertTrue(cluster.runsWithin(PATIENCE, "node-2", "sweep"));
        assertEquals(1, audited());
        assertEquals("sweep/node-2", cluster.db.text("SELECT subject FROM audit_log WHERE action = 'doctor'"));
    }

    @Test
    void a_trigger_that_a_living_node_has_reserved_and_forgotten_is_written_anew() throws Exception {
        cluster.until(() -> {
            stuck("ACQUIRED");
            cluster.db.execute("INSERT INTO QRTZ_FIRED_TRIGGERS (SCHED_NAME, ENTRY_ID, TRIGGER_NAME, TRIGGER_GROUP,"
                    + " INSTANCE_NAME, FIRED_TIME, SCHED_TIME, PRIORITY, STATE, IS_NONCONCURRENT, REQUESTS_RECOVERY)"
                    + " VALUES ('test', UUID(), 'node-2', 'sweep', 'node-2', 1, 1, 5, 'ACQUIRED', '0', '0')");
            return cluster.db.execute(
                            "UPDATE QRTZ_TRIGGERS SET NEXT_FIRE_TIME = NEXT_FIRE_TIME - 60000"
                                    + " WHERE TRIGGER_NAME = 'node-2' AND TRIGGER_GROUP = 'sweep' AND TRIGGER_STATE = 'ACQUIRED'")
                    == 1;
        });
        List<String> repairs = doctor().repairNow("tester");
        assertEquals(1, repairs.size(), repairs.toString());
        assertTrue(repairs.get(0).startsWith("sweep/node-2 should have fired at "), repairs.toString());
        assertTrue(cluster.runsWithin(PATIENCE, "node-2", "sweep"));
        assertEquals(
                0,
                cluster.db.number(
                        "SELECT COUNT(*) FROM QRTZ_FIRED_TRIGGERS WHERE INSTANCE_NAME = 'node-2' AND FIRED_TIME = 1"));
    }

    @Test
    void a_trigger_blocked_by_no_run_is_freed() throws Exception {
        stuck("BLOCKED");
        assertEquals(
                List.of("sweep/node-2 is BLOCKED, but its job does not run; it is freed"),
                doctor().repairNow("tester"));
        assertTrue(cluster.runsWithin(PATIENCE, "node-2", "sweep"));
    }

    @Test
    void a_trigger_in_error_is_written_anew_and_a_paused_one_stays_paused() throws Exception {
        stuck("ERROR");
        cluster.db.execute("UPDATE QRTZ_JOB_DETAILS SET JOB_CLASS_NAME = 'no.such.Class' WHERE JOB_NAME = 'node-2'");
        assertEquals(1, doctor().repairNow("tester").size());
        assertTrue(cluster.runsWithin(PATIENCE, "node-2", "sweep"));

        cluster.nodes.get("node-1").admin().pause("tester", "sweep");
        cluster.until(() -> "PAUSED".equals(cluster.state("sweep", "node-2")));
        cluster.db.execute("UPDATE QRTZ_TRIGGERS SET TRIGGER_STATE = 'ERROR' WHERE TRIGGER_GROUP = 'sweep'");
        assertEquals(2, doctor().repairNow("tester").size());
        assertEquals("PAUSED", cluster.state("sweep", "node-2"));
    }

    @Test
    void it_comes_from_outside_too_and_only_looks_if_it_is_asked_to() throws Exception {
        stuck("ACQUIRED");
        String finding = "sweep/node-2 is ACQUIRED, but nobody has reserved it; it waits again";
        try (VisitingDoctor doctor =
                new VisitingDoctor("test", cluster.db.pool(), cluster.db.database(), node -> false, Ticker.system())) {
            assertEquals(List.of(finding), doctor.examine());
            assertEquals("ACQUIRED", cluster.state("sweep", "node-2"));
            assertEquals(List.of(finding), doctor.repair("ada@desk"));
            assertEquals(List.of(), doctor.examine());
        }
        assertTrue(cluster.runsWithin(PATIENCE, "node-2", "sweep"));
        assertEquals("ada@desk", cluster.db.text("SELECT actor FROM audit_log WHERE action = 'doctor'"));
    }

    @Test
    void jobs_of_a_node_that_is_gone_are_removed() {
        cluster.db.execute("INSERT INTO QRTZ_JOB_DETAILS SELECT SCHED_NAME, 'node-9', JOB_GROUP, DESCRIPTION,"
                + " JOB_CLASS_NAME, IS_DURABLE, IS_NONCONCURRENT, IS_UPDATE_DATA, REQUESTS_RECOVERY, JOB_DATA"
                + " FROM QRTZ_JOB_DETAILS WHERE JOB_NAME = 'node-2'");
        assertEquals(List.of("sweep/node-9 has no trigger; it is scheduled"), doctor().repairNow("tester"));
        cluster.leader = "nobody";
        cluster.gone.add("node-9");
        assertEquals(List.of("node-9 is gone, but its jobs are there; they are removed"), doctor().repairNow("tester"));
        assertEquals(0, cluster.db.number("SELECT COUNT(*) FROM QRTZ_JOB_DETAILS WHERE JOB_NAME = 'node-9'"));
    }

    @Test
    void missing_locks_and_runs_of_dead_nodes_are_repaired() throws Exception {
        cluster.gone.add("node-8");
        cluster.db.execute("INSERT INTO QRTZ_FIRED_TRIGGERS (SCHED_NAME, ENTRY_ID, TRIGGER_NAME, TRIGGER_GROUP,"
                + " INSTANCE_NAME, FIRED_TIME, SCHED_TIME, PRIORITY, STATE, JOB_NAME, JOB_GROUP, IS_NONCONCURRENT,"
                + " REQUESTS_RECOVERY) VALUES ('test', 'e1', 'cluster', 'cleanup', 'node-8', 1, 1, 5, 'EXECUTING',"
                + " 'cluster', 'cleanup', '1', '1')");
        cluster.db.execute("DELETE FROM QRTZ_LOCKS WHERE LOCK_NAME = 'STATE_ACCESS'");
        List<String> repairs = doctor().repairNow("tester");
        assertEquals(2, repairs.size(), repairs.toString());
        assertEquals(2, cluster.db.number("SELECT COUNT(*) FROM QRTZ_LOCKS"));
        assertEquals(0, cluster.db.number("SELECT COUNT(*) FROM QRTZ_FIRED_TRIGGERS WHERE INSTANCE_NAME = 'node-8'"));
    }

    @Test
    void a_trigger_that_cannot_fire_for_what_its_row_says_is_written_anew() throws Exception {
        cluster.db.execute("UPDATE QRTZ_TRIGGERS SET NEXT_FIRE_TIME = 0, TRIGGER_STATE = 'WAITING'"
                + " WHERE TRIGGER_NAME = 'node-2' AND TRIGGER_GROUP = 'sweep'");
        cluster.until(() ->
                doctor().repairNow("tester").contains("sweep/node-2 waits without a next firing; it is written anew")
                        || cluster.db.number("SELECT NEXT_FIRE_TIME FROM QRTZ_TRIGGERS WHERE TRIGGER_NAME = 'node-2'"
                                        + " AND TRIGGER_GROUP = 'sweep'")
                                > 0);
        assertTrue(cluster.runsWithin(PATIENCE, "node-2", "sweep"));
    }

    @Test
    void it_comes_by_itself_and_is_called_when_its_own_trigger_is_stuck() throws Exception {
        stuck("ERROR");
        cluster.setting("doctor", 500, null);
        assertTrue(cluster.runsWithin(PATIENCE, "node-2", "sweep"));
        assertEquals(0, cluster.db.number("SELECT COUNT(*) FROM audit_log WHERE actor = 'tester'"));

        cluster.db.execute("UPDATE QRTZ_TRIGGERS SET TRIGGER_STATE = 'ERROR' WHERE TRIGGER_GROUP = 'doctor'");
        cluster.until(() -> "ERROR".equals(cluster.state("doctor", "cluster"))
                || cluster.db.number("SELECT COUNT(*) FROM audit_log WHERE subject = 'doctor/cluster'") > 0);
        cluster.until(() -> !"ERROR".equals(cluster.state("doctor", "cluster")));
    }

    /** Writes a state that sticks, which a firing under way may undo. */
    private void stuck(String state) throws Exception {
        cluster.until(() -> {
            cluster.db.execute(
                    "UPDATE QRTZ_TRIGGERS SET TRIGGER_STATE = ? WHERE TRIGGER_NAME = 'node-2' AND TRIGGER_GROUP = 'sweep'",
                    state);
            cluster.db.execute("DELETE FROM QRTZ_FIRED_TRIGGERS WHERE TRIGGER_NAME = 'node-2'");
            Thread.sleep(400);
            return state.equals(cluster.state("sweep", "node-2"));
        });
        assertFalse(cluster.runsWithin(Duration.ofMillis(600), "node-2", "sweep"), "the damage bites");
    }

    private QuartzDoctor doctor() {
        return cluster.nodes.get("node-1").doctor();
    }

    private long audited() {
        return cluster.db.number("SELECT COUNT(*) FROM audit_log WHERE action = 'doctor'");
    }
}

package io.orderwatch.node.quartz;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(StackExtension.class)
class ClusteredSchedulerIT {

    private TestCluster cluster;

    @BeforeEach
    void open(Stack stack) {
        cluster = new TestCluster(stack);
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    @Test
    void each_node_runs_its_own_jobs_and_a_singleton_runs_once_a_firing() throws Exception {
        cluster.setting("sweep", 200, null);
        cluster.setting("once", 250, null);
        cluster.setting("cleanup", null, "0/1 * * * * ?");
        for (String node : List.of("node-1", "node-2", "node-3")) {
            cluster.start(node);
        }
        for (String node : List.of("node-1", "node-2", "node-3")) {
            cluster.until(() -> cluster.count(node, "sweep") >= 10 && cluster.count(node, "cleanup-files") >= 2);
            cluster.until(() -> cluster.nodes.get(node).ready());
        }
        cluster.until(() -> cluster.count("once") >= 10 && cluster.count("cleanup") >= 2);
        assertEquals(
                Set.of("node-1", "node-2", "node-3", "cluster"),
                names("SELECT GROUP_CONCAT(DISTINCT JOB_NAME) FROM QRTZ_JOB_DETAILS"));
        assertNotAtATime(runs("once"));
        for (String node : cluster.nodes.keySet()) {
            assertNotAtATime(runs("sweep").stream()
                    .filter(run -> run.node().equals(node))
                    .toList());
        }
        List<TestCluster.Ran> once = runs("once");
        long seconds = TimeUnit.NANOSECONDS.toMillis(
                once.get(once.size() - 1).begun() - once.get(0).begun());
        assertTrue(once.size() <= seconds / 250 + 2, once.size() + " runs in " + seconds + " ms");
    }

    @Test
    void a_group_paused_through_one_node_is_paused_on_another_and_on_one_that_joins() throws Exception {
        cluster.setting("sweep", 100, null);
        cluster.start("node-1");
        cluster.start("node-2");
        cluster.until(() -> cluster.count("node-1", "sweep") > 2 && cluster.count("node-2", "sweep") > 2);
        cluster.nodes.get("node-2").admin().pause("tester", "sweep");
        Thread.sleep(300);
        assertFalse(cluster.runsWithin(Duration.ofMillis(800), "node-1", "sweep"));
        cluster.start("node-3");
        cluster.until(() -> "PAUSED".equals(cluster.state("sweep", "node-3")));
        cluster.nodes.get("node-3").wake("sweep");
        assertFalse(cluster.runsWithin(Duration.ofMillis(800), "node-3", "sweep"));
        assertEquals(
                "1", cluster.db.text("SELECT COUNT(*) FROM audit_log WHERE action = 'pause-job' AND actor = 'tester'"));

        // counted before: it runs once, maybe before the call returns
        long before = cluster.count("node-2", "sweep");
        cluster.nodes.get("node-1").admin().triggerNow("tester", "sweep", "node-2");
        cluster.until(() -> cluster.count("node-2", "sweep") > before);
        cluster.until(() -> "PAUSED".equals(cluster.state("sweep", "node-2")));

        cluster.nodes.get("node-3").admin().resume("tester", "sweep");
        for (String node : cluster.nodes.keySet()) {
            assertTrue(cluster.runsWithin(Duration.ofSeconds(3), node, "sweep"), node);
        }
    }

    @Test
    void a_changed_setting_reaches_all_nodes_and_wakes_nothing_that_is_paused() throws Exception {
        cluster.setting("sweep", 60_000, null);
        cluster.setting("once", 60_000, null);
        cluster.start("node-1");
        cluster.start("node-2");
        cluster.until(() -> cluster.nodes.get("node-1").ready()
                && cluster.nodes.get("node-2").ready());
        cluster.db.execute("UPDATE job_settings SET interval_ms = 100 WHERE job = 'sweep'");
        assertTrue(cluster.runsWithin(Duration.ofSeconds(4), "node-2", "sweep"));
        assertTrue(cluster.runsWithin(Duration.ofSeconds(4), "node-1", "sweep"));
        assertEquals("100ms", cluster.db.text("SELECT applied_schedule FROM job_settings WHERE job = 'sweep'"));

        // one trigger alone, as JMX can
        cluster.nodes.get("node-1").quartz().pauseTrigger(new org.quartz.TriggerKey("node-2", "sweep"));
        cluster.db.execute("UPDATE job_settings SET interval_ms = NULL, cron = '0/1 * * * * ?' WHERE job = 'sweep'");
        cluster.until(() -> "0/1 * * * * ?"
                .equals(cluster.db.text("SELECT applied_schedule FROM job_settings WHERE job = 'sweep'")));
        assertTrue(cluster.runsWithin(Duration.ofSeconds(4), "node-1", "sweep"));
        assertEquals("PAUSED", cluster.state("sweep", "node-2"));
        assertFalse(cluster.runsWithin(Duration.ofMillis(1500), "node-2", "sweep"));

        cluster.db.execute("UPDATE job_settings SET enabled = 0 WHERE job = 'sweep'");
        cluster.until(() -> "PAUSED".equals(cluster.state("sweep", "node-1")));
        cluster.db.execute("UPDATE job_settings SET interval_ms = 100, cron = NULL WHERE job = 'sweep'");
        cluster.until(
                () -> "100ms".equals(cluster.db.text("SELECT applied_schedule FROM job_settings WHERE job = 'sweep'")));
        assertFalse(cluster.runsWithin(Duration.ofMillis(1500), "node-1", "sweep"));
        assertEquals("PAUSED", cluster.state("sweep", "node-1"));

        cluster.db.execute("UPDATE job_settings SET enabled = 1 WHERE job = 'sweep'");
        assertTrue(cluster.runsWithin(Duration.ofSeconds(4), "node-1", "sweep"));
        assertTrue(cluster.runsWithin(Duration.ofSeconds(4), "node-2", "sweep"), "enabling wakes the whole job");
    }

    @Test
    void a_restarted_node_finds_its_job_paused() throws Exception {
        cluster.setting("sweep", 100, null);
        cluster.start("node-1");
        ClusteredScheduler second = cluster.start("node-2");
        cluster.until(() -> cluster.count("node-2", "sweep") > 1);
        cluster.nodes.get("node-1").quartz().pauseTrigger(new org.quartz.TriggerKey("node-2", "sweep"));
        second.drain(Duration.ofSeconds(5));
        second.close();
        cluster.start("node-2");
        cluster.until(() -> cluster.nodes.get("node-2").ready());
        assertEquals("PAUSED", cluster.state("sweep", "node-2"));
        assertFalse(cluster.runsWithin(Duration.ofMillis(500), "node-2", "sweep"));
    }

    @Test
    void a_bad_setting_is_refused_with_its_reason_and_the_old_one_stays() throws Exception {
        cluster.setting("sweep", 100, null);
        cluster.start("node-1");
        cluster.until(() -> cluster.count("node-1", "sweep") > 1);
        refused(
                "UPDATE job_settings SET interval_ms = NULL, cron = '61 * * * * ?' WHERE job = 'sweep'",
                "does not parse");
        refused("UPDATE job_settings SET cron = '0 0 0 30 2 ?' WHERE job = 'sweep'", "never fires");
        refused("UPDATE job_settings SET cron = NULL WHERE job = 'sweep'", "Neither");
        refused("UPDATE job_settings SET cron = '0 0 0 1 * ?', interval_ms = 500 WHERE job = 'sweep'", "Both");
        refused("UPDATE job_settings SET cron = NULL, interval_ms = 50 WHERE job = 'sweep'", "too short");
        assertEquals("100ms", cluster.db.text("SELECT applied_schedule FROM job_settings WHERE job = 'sweep'"));
        assertTrue(cluster.runsWithin(Duration.ofSeconds(2), "node-1", "sweep"));
        // the switch beside the bad schedule is taken
        cluster.db.execute("UPDATE job_settings SET enabled = 0 WHERE job = 'sweep'");
        cluster.until(() -> "PAUSED".equals(cluster.state("sweep", "node-1")));
        assertTrue(cluster.db
                .text("SELECT rejected FROM job_settings WHERE job = 'sweep'")
                .contains("too short"));
        cluster.db.execute("UPDATE job_settings SET enabled = 1, interval_ms = 100 WHERE job = 'sweep'");
        cluster.until(() -> cluster.db.text("SELECT rejected FROM job_settings WHERE job = 'sweep'") == null);
        assertTrue(cluster.runsWithin(Duration.ofSeconds(2), "node-1", "sweep"));
    }

    private void refused(String sql, String reason) {
        cluster.db.execute(sql);
        cluster.until(() -> {
            String rejected = cluster.db.text("SELECT rejected FROM job_settings WHERE job = 'sweep'");
            return rejected != null && rejected.contains(reason);
        });
    }

    @Test
    void only_a_node_that_is_gone_has_its_singleton_recovered() throws Exception {
        cluster.setting("once", 100, null);
        CountDownLatch release = new CountDownLatch(1);
        cluster.duringSingleton = node -> {
            if (node.equals("node-2")) {
                hang(release);
            }
        };
        cluster.leader = "node-2";
        cluster.start("node-2");
        cluster.until(
                () -> "1"
                        .equals(
                                cluster.db.text(
                                        "SELECT COUNT(*) FROM QRTZ_FIRED_TRIGGERS WHERE STATE = 'EXECUTING' AND INSTANCE_NAME = 'node-2'")));
        cluster.start("node-1");
        // silent for far longer than any check-in
        cluster.db.execute("UPDATE QRTZ_SCHEDULER_STATE SET LAST_CHECKIN_TIME = 1000 WHERE INSTANCE_NAME = 'node-2'");
        cluster.nodes.get("node-2").quartz().standby();
        assertFalse(cluster.runsWithin(Duration.ofSeconds(3), "node-1", "once"), "a silent node is not a gone one");

        cluster.leader = "node-1";
        cluster.gone.add("node-2");
        long declared = System.nanoTime();
        cluster.until(() -> cluster.count("node-1", "once") > 0);
        long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - declared);
        assertTrue(took < 10_000, "recovered after " + took + " ms");

        // it wakes up: the end of its lost run frees nothing of the others
        long runs = cluster.count("node-1", "once");
        release.countDown();
        cluster.until(() -> cluster.count("node-1", "once") > runs + 10);
        assertNotAtATime(
                runs("once").stream().filter(run -> run.node().equals("node-1")).toList());
        // its own jobs are removed, and come back with it
        cluster.until(() -> cluster.db.number("SELECT COUNT(*) FROM QRTZ_JOB_DETAILS WHERE JOB_NAME = 'node-2'") == 0);
    }

    @Test
    void a_node_that_does_not_know_that_it_is_gone_stands_back_until_it_is_counted_in_again() throws Exception {
        cluster.setting("once", 200, null);
        cluster.leader = "node-2";
        cluster.start("node-2");
        cluster.until(() -> cluster.count("node-2", "once") > 1);
        cluster.start("node-1");
        cluster.until(() -> cluster.nodes.get("node-1").takesPart());
        cluster.unaware.add("node-2");
        cluster.gone.add("node-2");
        cluster.until(() -> !cluster.nodes.get("node-2").takesPart());
        cluster.until(() -> cluster.runsWithin(Duration.ofSeconds(1), "node-1", "once"));
        assertFalse(cluster.runsWithin(Duration.ofSeconds(2), "node-2", "once"));
        cluster.gone.clear();
        cluster.until(() -> cluster.nodes.get("node-2").takesPart());
        assertNotAtATime(runs("once"));
    }

    @Test
    void a_node_that_has_just_started_is_left_alone_by_those_who_do_not_see_it_yet() {
        cluster.setting("once", 200, null);
        cluster.start("node-1");
        cluster.until(() -> cluster.nodes.get("node-1").takesPart());
        // what node-2 sees of itself the others see later
        cluster.unaware.add("node-2");
        cluster.gone.add("node-2");
        cluster.start("node-2");
        cluster.until(() -> cluster.nodes.get("node-2").takesPart());
        await().during(Duration.ofSeconds(2))
                .atMost(Duration.ofSeconds(3))
                .until(() -> cluster.nodes.get("node-2").takesPart());
        cluster.gone.clear();
        await().during(Duration.ofSeconds(2))
                .atMost(Duration.ofSeconds(3))
                .until(() -> cluster.nodes.get("node-2").takesPart());
    }

    @Test
    void jobs_of_a_gone_node_are_removed_and_come_back_paused_as_the_group_is() {
        cluster.setting("sweep", 100, null);
        cluster.setting("other-sweep", 100, null);
        cluster.start("node-1");
        cluster.start("node-2");
        cluster.until(() -> cluster.count("node-2", "sweep") > 1);
        cluster.gone.add("node-2");
        cluster.until(() -> cluster.state("sweep", "node-2") == null);
        cluster.nodes.get("node-1").admin().pause("tester", "sweep");
        cluster.gone.remove("node-2");
        cluster.until(() -> "PAUSED".equals(cluster.state("sweep", "node-2")));
        long other = cluster.count("node-2", "other-sweep");
        cluster.until(() -> cluster.count("node-2", "other-sweep") > other + 3);
    }

    @Test
    void a_failing_job_goes_on_and_its_failures_are_written_down() throws Exception {
        cluster.setting("sweep", 100, null);
        cluster.setting("once", 100, null);
        cluster.duringSweep = node -> {
            throw new IllegalStateException("as planned");
        };
        cluster.duringSingleton = node -> {
            throw new StackOverflowError("as planned too");
        };
        cluster.start("node-1");
        cluster.until(() -> cluster.count("sweep") > 5 && cluster.count("once") > 5);
        cluster.until(() ->
                cluster.db.text("SELECT last_error FROM job_runs WHERE job = 'sweep' AND node = 'node-1'") != null);
        assertEquals(
                "IllegalStateException: as planned",
                cluster.db.text("SELECT last_error FROM job_runs WHERE job = 'sweep'"));
        assertEquals(
                "StackOverflowError: as planned too",
                cluster.db.text("SELECT last_error FROM job_runs WHERE job = 'once'"));
        assertTrue(cluster.db.number("SELECT failures FROM job_runs WHERE job = 'sweep'") > 5);
        assertEquals(0, cluster.db.number("SELECT COUNT(*) FROM QRTZ_TRIGGERS WHERE TRIGGER_STATE = 'ERROR'"));
    }

    @Test
    void an_unreadable_trigger_harms_only_itself() throws Exception {
        cluster.setting("sweep", 100, null);
        cluster.setting("other-sweep", null, "0/1 * * * * ?");
        cluster.start("node-1");
        cluster.until(() -> cluster.count("sweep") > 1 && cluster.count("other-sweep") > 1);
        cluster.db.execute("UPDATE QRTZ_CRON_TRIGGERS SET CRON_EXPRESSION = 'nonsense'");
        assertTrue(cluster.runsWithin(Duration.ofSeconds(3), "node-1", "sweep"));
        // and its node puts it right, because the setting in force says how
        assertTrue(cluster.runsWithin(Duration.ofSeconds(5), "node-1", "other-sweep"));
    }

    @Test
    void what_was_cleared_comes_back() throws Exception {
        cluster.setting("sweep", 100, null);
        cluster.setting("once", 100, null);
        cluster.start("node-1");
        cluster.until(() -> cluster.count("sweep") > 1 && cluster.count("once") > 1);
        cluster.nodes.get("node-1").quartz().clear();
        long sweeps = cluster.count("sweep");
        long singles = cluster.count("once");
        cluster.until(() -> cluster.count("sweep") > sweeps + 3 && cluster.count("once") > singles + 3);
    }

    @Test
    void a_long_run_is_followed_by_one_firing_not_by_all_it_missed() throws Exception {
        cluster.setting("sweep", 100, null);
        CountDownLatch release = new CountDownLatch(1);
        cluster.duringSweep = node -> hang(release);
        cluster.start("node-1");
        cluster.until(
                () -> cluster.db.number("SELECT COUNT(*) FROM QRTZ_FIRED_TRIGGERS WHERE STATE = 'EXECUTING'") == 1);
        Thread.sleep(2000);
        cluster.duringSweep = node -> {};
        long released = System.nanoTime();
        release.countDown();
        Thread.sleep(1050);
        long after =
                runs("sweep").stream().filter(run -> run.begun() > released).count();
        assertTrue(after >= 5 && after <= 12, after + " runs in a second");
    }

    @Test
    void a_job_that_fires_once_more_and_never_again_keeps_no_other_from_firing() throws Exception {
        cluster.setting("sweep", null, "0 0 0 1 1 ? 2099");
        cluster.setting("other-sweep", 100, null);
        cluster.setting(QuartzDoctor.NAME, 1_000, null);
        ClusteredScheduler node = cluster.start("node-1");
        cluster.until(node::ready);
        assertTrue(cluster.runsWithin(Duration.ofSeconds(10), "node-1", "other-sweep"));
        List<String> wrong = node.doctor().examineNow().stream()
                .filter(finding -> finding.contains("sweep"))
                .toList();
        assertEquals(List.of(), wrong);
    }

    @Test
    void a_job_that_is_to_be_woken_later_runs_later_and_not_when_the_node_stops_before() throws Exception {
        cluster.setting("sweep", null, "0 0 0 1 1 ?");
        ClusteredScheduler node = cluster.start("node-1");
        cluster.until(node::ready);
        long asked = System.nanoTime();
        node.wakeIn(Duration.ofMillis(300), "sweep");
        assertTrue(cluster.runsWithin(Duration.ofSeconds(5), "node-1", "sweep"));
        long begun = runs("sweep").get(0).begun();
        assertTrue(begun - asked >= Duration.ofMillis(300).toNanos(), (begun - asked) + " ns");
        assertThrows(IllegalArgumentException.class, () -> node.wakeIn(Duration.ZERO, "nonsense"));
        node.wakeIn(Duration.ofMillis(500), "sweep");
        node.close();
        assertFalse(cluster.runsWithin(Duration.ofSeconds(1), "node-1", "sweep"));
    }

    @Test
    void a_woken_job_runs_at_once_and_never_beside_itself() throws Exception {
        cluster.setting("sweep", 60_000, null);
        ClusteredScheduler node = cluster.start("node-1");
        cluster.until(node::ready);
        node.wake("sweep");
        assertTrue(cluster.runsWithin(Duration.ofSeconds(1), "node-1", "sweep"));
        cluster.duringSweep = id -> sleep(20);
        for (int i = 0; i < 50; i++) {
            node.wake("sweep");
            sleep(5);
        }
        Thread.sleep(200);
        assertNotAtATime(runs("sweep"));
        assertTrue(cluster.count("sweep") >= 5);
        assertThrows(IllegalArgumentException.class, () -> node.wake("nonsense"));
    }

    @Test
    void draining_waits_for_the_batch_and_fires_nothing_after() throws Exception {
        cluster.setting("sweep", 100, null);
        cluster.duringSweep = node -> sleep(300);
        ClusteredScheduler node = cluster.start("node-1");
        cluster.until(() -> cluster.count("sweep") > 0);
        assertTrue(node.drain(Duration.ofSeconds(5)));
        long runs = cluster.count("sweep");
        assertFalse(cluster.runsWithin(Duration.ofMillis(500), "node-1", "sweep"));
        assertEquals(0, cluster.db.number("SELECT COUNT(*) FROM QRTZ_FIRED_TRIGGERS WHERE STATE = 'EXECUTING'"));
        node.close();
        assertEquals(runs, cluster.count("sweep"));
        assertEquals(String.valueOf(runs), cluster.db.text("SELECT runs FROM job_runs WHERE job = 'sweep'"));
        assertEquals("WAITING", cluster.state("sweep", "node-1"));
    }

    @Test
    void draining_a_job_that_hangs_is_bounded() throws Exception {
        cluster.setting("sweep", 100, null);
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        cluster.duringSweep = node -> {
            begun.countDown();
            hang(never);
        };
        ClusteredScheduler node = cluster.start("node-1");
        assertTrue(begun.await(40, TimeUnit.SECONDS));
        long from = System.nanoTime();
        assertFalse(node.drain(Duration.ofMillis(500)));
        node.close();
        assertTrue(System.nanoTime() - from < Duration.ofSeconds(15).toNanos());
    }

    @Test
    void a_firing_that_lies_too_far_ahead_is_brought_back() throws Exception {
        cluster.setting("sweep", 200, null);
        cluster.start("node-1");
        cluster.until(() -> cluster.count("sweep") > 1);
        cluster.db.execute("UPDATE job_settings SET enabled = 0");
        cluster.until(() -> "PAUSED".equals(cluster.state("sweep", "node-1")));
        cluster.db.execute("UPDATE QRTZ_TRIGGERS SET NEXT_FIRE_TIME = NEXT_FIRE_TIME + 3600000");
        cluster.db.execute("UPDATE job_settings SET enabled = 1");
        cluster.until(() -> "WAITING".equals(cluster.state("sweep", "node-1")));
        assertFalse(cluster.runsWithin(Duration.ofSeconds(2), "node-1", "sweep"), "the damage bites");
        assertTrue(cluster.runsWithin(Duration.ofSeconds(10), "node-1", "sweep"));
    }

    private List<TestCluster.Ran> runs(String job) {
        return cluster.runs.stream().filter(run -> run.job().equals(job)).toList();
    }

    private static void assertNotAtATime(List<TestCluster.Ran> runs) {
        List<TestCluster.Ran> sorted = runs.stream()
                .sorted(java.util.Comparator.comparingLong(TestCluster.Ran::begun))
                .toList();
        for (int i = 1; i < sorted.size(); i++) {
            assertTrue(sorted.get(i).begun() >= sorted.get(i - 1).ended(), sorted.get(i - 1) + " and " + sorted.get(i));
        }
    }

    private Set<String> names(String sql) {
        return Set.of(cluster.db.text(sql).split(",")).stream().collect(Collectors.toSet());
    }

    private static void hang(CountDownLatch latch) {
        try {
            latch.await(120, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

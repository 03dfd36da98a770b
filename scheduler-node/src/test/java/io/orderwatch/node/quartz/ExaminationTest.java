package io.orderwatch.node.quartz;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.orderwatch.node.quartz.Finding.Kind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.quartz.JobKey;
import org.quartz.TriggerKey;

class ExaminationTest {

    private static final Instant NOW = Instant.parse("2026-07-01T12:00:00Z");

    private final Set<String> locks = new HashSet<>(Set.of("TRIGGER_ACCESS", "STATE_ACCESS"));
    private final Set<String> instances = new HashSet<>(Set.of("node-1", "node-2"));
    private final Set<JobKey> jobs = new HashSet<>();
    private final List<TriggerRow> triggers = new ArrayList<>();
    private final List<FiredRow> fired = new ArrayList<>();
    private final Set<String> gone = new HashSet<>();

    @BeforeEach
    void healthy_cluster() {
        add("order-scan", "node-1", "WAITING", NOW.plusMillis(200));
        add("order-scan", "node-2", "BLOCKED", NOW.minusSeconds(300));
        fired.add(new FiredRow(
                new TriggerKey("node-2", "order-scan"), new JobKey("node-2", "order-scan"), "node-2", "EXECUTING"));
        add("notify-retry", "node-1", "ACQUIRED", NOW.plusMillis(50));
        fired.add(new FiredRow(new TriggerKey("node-1", "notify-retry"), null, "node-1", "ACQUIRED"));
        add("notify-retry", "node-2", "PAUSED", NOW.minusSeconds(86_400));
        add("log-cleanup", "cluster", "WAITING", NOW.plusSeconds(3600));
    }

    @Test
    void in_a_healthy_cluster_nothing_is_found() {
        assertEquals(List.of(), kinds());
    }

    @Test
    void a_reservation_that_nobody_has() {
        add("expiry-cancel", "node-1", "ACQUIRED", NOW);
        assertEquals(List.of("RESERVATION_LOST expiry-cancel/node-1"), kinds());
    }

    @Test
    void a_block_without_a_run() {
        fired.clear();
        fired.add(new FiredRow(new TriggerKey("node-1", "notify-retry"), null, "node-1", "ACQUIRED"));
        add("expiry-cancel", "node-1", "PAUSED_BLOCKED", NOW);
        assertEquals(List.of("BLOCK_LOST order-scan/node-2", "BLOCK_LOST expiry-cancel/node-1"), kinds());
    }

    @Test
    void a_trigger_in_error_and_a_single_firing_in_error() {
        add("expiry-cancel", "node-1", "ERROR", NOW);
        triggers.add(new TriggerRow(
                new JobKey("node-1", "expiry-cancel"), new TriggerKey("MT_x", "DEFAULT"), "ERROR", null, NOW, null));
        assertEquals(
                List.of("is in state ERROR; it is written anew", "has a single firing in state ERROR; it is dropped"),
                findings().stream().map(Finding::detail).toList());
    }

    @Test
    void jobs_and_runs_of_a_node_that_is_gone() {
        gone.add("node-2");
        assertEquals(List.of("NODE_GONE node-2"), kinds());
        instances.remove("node-2");
        assertEquals(List.of("RUN_ORPHANED node-2", "NODE_GONE node-2"), kinds());
    }

    @Test
    void runs_of_a_node_that_nobody_knows_to_be_gone_are_left_alone() {
        instances.remove("node-2");
        assertEquals(List.of(), kinds());
    }

    @Test
    void missing_locks_and_triggers() {
        locks.clear();
        jobs.add(new JobKey("node-1", "expiry-cancel"));
        jobs.add(new JobKey("node-1", "job-of-a-newer-version"));
        triggers.removeIf(row -> row.job().getName().equals("cluster"));
        jobs.remove(new JobKey("cluster", "log-cleanup"));
        assertEquals(
                List.of(
                        "LOCK_MISSING STATE_ACCESS",
                        "LOCK_MISSING TRIGGER_ACCESS",
                        "TRIGGER_MISSING expiry-cancel/node-1",
                        "TRIGGER_MISSING log-cleanup/cluster"),
                kinds());
    }

    @Test
    void a_firing_that_was_due_more_than_its_interval_ago() {
        add("expiry-cancel", "node-1", "WAITING", NOW.minusSeconds(14));
        assertEquals(List.of(), kinds(), "one interval of 5 s and some grace");
        add("expiry-cancel", "node-2", "WAITING", NOW.minusSeconds(16));
        add("job-of-a-newer-version", "cluster", "WAITING", NOW.minusSeconds(86_400));
        assertEquals(List.of("LATE expiry-cancel/node-2"), kinds());
        add("order-scan", "node-3", "WAITING", null);
        assertEquals(List.of("LATE expiry-cancel/node-2", "LATE order-scan/node-3"), kinds());
    }

    @Test
    void a_reservation_that_a_living_node_has_forgotten() {
        add("expiry-cancel", "node-1", "ACQUIRED", NOW.minusSeconds(14));
        fired.add(new FiredRow(new TriggerKey("node-1", "expiry-cancel"), null, "node-1", "ACQUIRED"));
        assertEquals(List.of(), kinds());
        add("expiry-cancel", "node-2", "ACQUIRED", NOW.minusSeconds(16));
        fired.add(new FiredRow(new TriggerKey("node-2", "expiry-cancel"), null, "node-2", "ACQUIRED"));
        assertEquals(List.of("LATE expiry-cancel/node-2"), kinds());
    }

    private void add(String group, String name, String state, @Nullable Instant next) {
        JobKey job = new JobKey(name, group);
        jobs.add(job);
        triggers.add(new TriggerRow(job, new TriggerKey(name, group), state, "500ms", next, null));
    }

    private List<String> kinds() {
        return findings().stream()
                .map(finding -> finding.kind() + " " + finding.subject())
                .toList();
    }

    private List<Finding> findings() {
        Map<String, Schedule> inForce = Map.of(
                "order-scan", Schedule.parse("500ms"),
                "notify-retry", Schedule.parse("1000ms"),
                "expiry-cancel", Schedule.parse("5000ms"),
                "log-cleanup", Schedule.parse("0 17 3 * * ?"));
        return new Examination(
                        locks, instances, jobs, triggers, fired, inForce, Set.of("log-cleanup"), gone::contains, NOW)
                .findings();
    }

    @Test
    void kinds_are_treated_in_an_order_in_which_one_does_not_undo_another() {
        assertEquals(Kind.LOCK_MISSING, Kind.values()[0]);
        assertEquals(true, Kind.RUN_ORPHANED.compareTo(Kind.NODE_GONE) < 0);
    }
}

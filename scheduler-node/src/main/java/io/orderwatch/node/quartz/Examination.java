package io.orderwatch.node.quartz;

import io.orderwatch.node.quartz.Finding.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.quartz.JobKey;
import org.quartz.TriggerKey;

/**
 * What Quartz's tables hold at one moment, and what is wrong with that.
 *
 * @param inForce schedules by job; a job that has none is nobody's business here
 * @param clusterJobs jobs of the cluster that this node knows
 * @param gone whether a node is known to be gone
 * @param now by the database's clock
 */
record Examination(
        Set<String> locks,
        Set<String> instances,
        Set<JobKey> jobs,
        List<TriggerRow> triggers,
        List<FiredRow> fired,
        Map<String, Schedule> inForce,
        Set<String> clusterJobs,
        Predicate<String> gone,
        Instant now) {

    static final Set<String> LOCKS = new TreeSet<>(Set.of("STATE_ACCESS", "TRIGGER_ACCESS"));

    /** A node that is busy fires a little late; nobody who is alive fires as late as this beyond its interval. */
    private static final Duration LATE_AFTER = Duration.ofSeconds(10);

    List<Finding> findings() {
        List<Finding> findings = new ArrayList<>();
        missingLocks(findings);
        goneNodes(findings);
        Set<TriggerKey> reserved = new HashSet<>();
        Set<JobKey> running = new HashSet<>();
        for (FiredRow row : fired) {
            reserved.add(row.trigger());
            if (row.executing() && row.job() != null) {
                running.add(row.job());
            }
        }
        Set<JobKey> scheduled = new HashSet<>();
        for (TriggerRow trigger : triggers) {
            if (trigger.regular()) {
                scheduled.add(trigger.job());
            }
            if (!gone.test(trigger.job().getName())) {
                trigger(trigger, reserved, running, findings);
            }
        }
        missingTriggers(scheduled, findings);
        findings.sort(Comparator.comparing(Finding::kind));
        return findings;
    }

    private void missingLocks(List<Finding> findings) {
        for (String lock : LOCKS) {
            if (!locks.contains(lock)) {
                findings.add(Finding.of(Kind.LOCK_MISSING, lock, "has no row to lock; the row is written"));
            }
        }
    }

    private void goneNodes(List<Finding> findings) {
        Set<String> orphaned = new TreeSet<>();
        for (FiredRow row : fired) {
            if (!instances.contains(row.instance()) && gone.test(row.instance())) {
                orphaned.add(row.instance());
            }
        }
        for (String node : orphaned) {
            findings.add(Finding.of(Kind.RUN_ORPHANED, node, "is gone, but what it ran was not freed; it is freed"));
        }
        Set<String> owners = new TreeSet<>();
        jobs.forEach(job -> owners.add(job.getName()));
        for (String owner : owners) {
            if (!owner.equals(ClusteredScheduler.CLUSTER) && gone.test(owner)) {
                findings.add(Finding.of(Kind.NODE_GONE, owner, "is gone, but its jobs are there; they are removed"));
            }
        }
    }

    private void trigger(TriggerRow row, Set<TriggerKey> reserved, Set<JobKey> running, List<Finding> findings) {
        switch (row.state()) {
            case "ACQUIRED" -> {
                if (!reserved.contains(row.key())) {
                    findings.add(Finding.of(
                            Kind.RESERVATION_LOST, row, "is ACQUIRED, but nobody has reserved it; it waits again"));
                } else {
                    // reserved a second ahead at most: a node that lives and has not fired it by now has forgotten it
                    late(row, findings);
                }
            }
            case "BLOCKED", "PAUSED_BLOCKED" -> {
                if (!running.contains(row.job())) {
                    findings.add(Finding.of(
                            Kind.BLOCK_LOST, row, "is " + row.state() + ", but its job does not run; it is freed"));
                }
            }
            case "ERROR" ->
                findings.add(Finding.of(
                        Kind.IN_ERROR,
                        row,
                        row.regular()
                                ? "is in state ERROR; it is written anew"
                                : "has a single firing in state ERROR; it is dropped"));
            case "WAITING" -> late(row, findings);
            default -> {
                // PAUSED is what somebody wanted, COMPLETE is about to be removed
            }
        }
    }

    private void late(TriggerRow row, List<Finding> findings) {
        Schedule schedule = inForce.get(row.job().getGroup());
        if (!row.regular() || schedule == null) {
            return;
        }
        if (row.next() == null) {
            findings.add(Finding.of(Kind.LATE, row, "waits without a next firing; it is written anew"));
            return;
        }
        Instant following = schedule.next(row.next(), row.key().getName());
        if (following != null && following.plus(LATE_AFTER).isBefore(now)) {
            findings.add(Finding.of(
                    Kind.LATE, row, "should have fired at " + row.next() + " and again since; it is written anew"));
        }
    }

    private void missingTriggers(Set<JobKey> scheduled, List<Finding> findings) {
        Set<JobKey> expected = new HashSet<>(jobs);
        clusterJobs.forEach(job -> expected.add(new JobKey(ClusteredScheduler.CLUSTER, job)));
        for (JobKey job : new TreeSet<>(expected)) {
            if (!scheduled.contains(job) && inForce.containsKey(job.getGroup()) && !gone.test(job.getName())) {
                findings.add(Finding.of(Kind.TRIGGER_MISSING, job, "has no trigger; it is scheduled"));
            }
        }
    }
}

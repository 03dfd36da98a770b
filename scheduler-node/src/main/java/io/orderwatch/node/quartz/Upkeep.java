package io.orderwatch.node.quartz;

import io.orderwatch.dao.Database;
import io.orderwatch.dao.jobs.JobRun;
import io.orderwatch.dao.jobs.JobSetting;
import io.orderwatch.dao.jobs.JobStore;
import io.orderwatch.job.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.quartz.JobDetail;
import org.quartz.JobKey;
import org.quartz.SchedulerException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares once a second what is scheduled with what should be, and puts right the difference: this node's jobs and the
 * cluster's are there with the schedule that is in force, whoever removed or changed them; the leader puts new settings
 * into force and removes the jobs of nodes that are gone. For one thread.
 */
final class Upkeep {

    private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);
    private static final Duration STALLED_AFTER = Duration.ofSeconds(5);
    /** Nobody else fires this node's own jobs, so no other clock can explain when they are to fire. */
    private static final Duration OWN_STALLED_AFTER = Duration.ofSeconds(1);

    private static final Duration WRITE_RUNS_EACH = Duration.ofSeconds(5);
    private static final String SETTINGS = "the upkeep of jobs";

    /** What the upkeep works on. */
    record Parts(
            String node,
            ClusterJobStore store,
            SettingsApplier applier,
            Database database,
            JobStore jobs,
            Map<JobKey, JobRunner> runners,
            RunBook book,
            Function<JobKey, JobDetail> details,
            NodeLiveness liveness,
            BooleanSupplier leading,
            Duration forgetNodeAfter,
            Outage outage,
            InstantSource clock,
            Ticker ticker) {}

    private final Parts parts;
    private final Set<JobKey> ensured = new HashSet<>();
    private final Set<String> complained = new HashSet<>();
    private final Map<String, Long> goneSince = new HashMap<>();
    private final Map<JobKey, Stall> stalls = new HashMap<>();
    private @Nullable Instant doctorFiredAt;
    private long doctorSince;
    private long runsWrittenAt;
    private volatile boolean scheduled;

    private record Stall(@Nullable Instant previous, long since) {}

    Upkeep(Parts parts) {
        this.parts = parts;
        this.runsWrittenAt = parts.ticker().nanos();
        this.doctorSince = runsWrittenAt;
    }

    /** Whether all jobs of this node that have a schedule in force were seen in their place. */
    boolean scheduled() {
        return scheduled;
    }

    /** One look; never throws. */
    void tick() {
        try {
            // the triggers first: one that is newer than the settings read would look wrong, and be set back
            List<TriggerRow> triggers = parts.store().ownTriggers();
            List<JobSetting> settings = settings();
            if (parts.leading().getAsBoolean()) {
                if (parts.applier().apply(settings)) {
                    settings = settings();
                    triggers = parts.store().ownTriggers();
                }
                forgetGoneNodes();
            } else {
                goneSince.clear();
            }
            compare(triggers, settings);
            if (parts.ticker().nanos() - runsWrittenAt >= WRITE_RUNS_EACH.toNanos()) {
                writeRuns();
            }
            parts.outage().worked(SETTINGS);
        } catch (SchedulerException | RuntimeException e) {
            if (Outage.isCause(e)) {
                parts.outage().failed(SETTINGS, e);
            } else {
                LOG.error("Cannot compare the jobs with their settings, and tries again: {}", Outage.innermost(e), e);
            }
        }
    }

    /** Writes how the jobs did, if anything has changed. */
    void writeRuns() {
        runsWrittenAt = parts.ticker().nanos();
        List<JobRun> runs = parts.book().changed();
        if (runs.isEmpty()) {
            return;
        }
        try {
            parts.database().run(tx -> parts.jobs().record(tx, runs));
        } catch (RuntimeException e) {
            parts.book().keep(runs);
            throw e;
        }
    }

    private List<JobSetting> settings() {
        return parts.database().inTransaction(parts.jobs()::settings);
    }

    private void compare(List<TriggerRow> triggers, List<JobSetting> settings) throws SchedulerException {
        Map<JobKey, TriggerRow> present =
                triggers.stream().filter(TriggerRow::regular).collect(Collectors.toMap(TriggerRow::job, row -> row));
        Map<String, Schedule> inForce = inForce(settings);
        boolean takesPart = !parts.liveness().gone(parts.node());
        boolean complete = takesPart;
        for (JobRunner runner : parts.runners().values()) {
            JobKey key = runner.key();
            TriggerRow row = present.get(key);
            runner.paused(row != null && row.paused());
            Schedule schedule = inForce.get(key.getGroup());
            if (schedule == null || !takesPart) {
                continue;
            }
            if (row == null || !schedule.text().equals(row.schedule()) || !ensured.contains(key)) {
                parts.store().ensure(parts.details().apply(key), schedule);
                ensured.add(key);
                complete &= row != null;
                LOG.debug("Job {} fires {} on {}", key.getGroup(), schedule.text(), key.getName());
            } else {
                wakeStalled(row, schedule);
                if (key.getGroup().equals(QuartzDoctor.NAME) && parts.leading().getAsBoolean()) {
                    callDoctor(row, schedule, runner);
                }
            }
        }
        for (TriggerRow row : triggers) {
            // a job that this version of the node does not have any more; those of the cluster may be a newer node's
            if (takesPart
                    && row.job().getName().equals(parts.node())
                    && !parts.runners().containsKey(row.job())) {
                parts.store().removeJob(row.job());
                LOG.info(
                        "Job {} of {} is removed, this node does not know it",
                        row.job().getGroup(),
                        parts.node());
            }
        }
        if (complete && !inForce.isEmpty()) {
            scheduled = true;
        }
    }

    private Map<String, Schedule> inForce(List<JobSetting> settings) {
        Set<String> without =
                parts.runners().keySet().stream().map(JobKey::getGroup).collect(Collectors.toSet());
        settings.forEach(setting -> without.remove(setting.job()));
        for (String job : without) {
            complainOnce(job, "it has no row in job_settings");
        }
        return Schedule.inForce(settings, this::complainOnce);
    }

    private void complainOnce(String job, @Nullable String why) {
        if (complained.add(job + why)) {
            LOG.warn("Job {} is not scheduled anew: {}", job, why);
        }
    }

    /**
     * Brings back a firing that lies too far ahead: the clock that set it was wrong, or was put back since. The clocks
     * of two nodes may differ as long as each of them fires, so this waits until nothing has fired for a while. Quartz's
     * thread may have taken the trigger before the clock was put back, and sleeps until its time has come: it is woken,
     * and lets go of what is not due.
     */
    private void wakeStalled(TriggerRow row, Schedule schedule) throws SchedulerException {
        boolean mine = row.key().getName().equals(parts.node());
        Instant now = parts.clock().instant();
        boolean firesLater = row.waiting() && (mine || parts.leading().getAsBoolean()) || row.acquired() && mine;
        if (!firesLater || row.next() == null) {
            stalls.remove(row.job());
            return;
        }
        Instant expected = schedule.next(now, row.key().getName());
        Instant latest =
                expected == null ? null : schedule.next(expected, row.key().getName());
        if (latest == null || !row.next().isAfter(latest)) {
            stalls.remove(row.job());
            return;
        }
        Stall seen = stalls.get(row.job());
        if (seen == null || !Objects.equals(seen.previous(), row.previous())) {
            stalls.put(row.job(), new Stall(row.previous(), parts.ticker().nanos()));
            return;
        }
        Duration patience = (mine ? OWN_STALLED_AFTER : STALLED_AFTER)
                .plus(schedule.interval() == null ? Duration.ZERO : schedule.interval());
        if (parts.ticker().nanos() - seen.since() <= patience.toNanos()) {
            return;
        }
        if (row.acquired()) {
            parts.store().announce(expected);
        } else if (parts.store().moveFiring(row, expected)) {
            stalls.remove(row.job());
            LOG.warn(
                    "Job {} of {} was to fire only at {}, which its schedule {} does not explain; it fires at {}",
                    row.job().getGroup(),
                    row.job().getName(),
                    row.next(),
                    schedule.text(),
                    expected);
        }
    }

    /** The doctor heals all triggers but its own, if that one is stuck; so somebody has to look after the doctor. */
    private void callDoctor(TriggerRow row, Schedule schedule, JobRunner doctor) {
        if (row.paused() || schedule.interval() == null || !Objects.equals(row.previous(), doctorFiredAt)) {
            doctorFiredAt = row.previous();
            doctorSince = parts.ticker().nanos();
            return;
        }
        Duration patience = STALLED_AFTER.plus(schedule.interval().multipliedBy(2));
        if (parts.ticker().nanos() - doctorSince > patience.toNanos()) {
            doctorSince = parts.ticker().nanos();
            LOG.warn("The doctor has not come by itself since {}, and is called", doctorFiredAt);
            doctor.fire();
        }
    }

    private void forgetGoneNodes() throws SchedulerException {
        Set<String> names = parts.store().jobNames();
        goneSince.keySet().retainAll(names);
        for (String name : names) {
            if (name.equals(ClusteredScheduler.CLUSTER) || !parts.liveness().gone(name)) {
                goneSince.remove(name);
                continue;
            }
            long since = goneSince.computeIfAbsent(name, n -> parts.ticker().nanos());
            if (parts.ticker().nanos() - since >= parts.forgetNodeAfter().toNanos()) {
                int removed = parts.store().removeJobsNamed(name);
                goneSince.remove(name);
                LOG.info("{} is gone; its {} jobs are removed until it comes back", name, removed);
            }
        }
    }
}

package io.orderwatch.node.quartz;

import io.orderwatch.dao.Database;
import io.orderwatch.dao.cluster.ClusterStore;
import io.orderwatch.dao.jobs.JobStore;
import io.orderwatch.job.SingletonJob;
import io.orderwatch.job.Ticker;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.quartz.JobDetail;
import org.quartz.JobKey;
import org.quartz.JobPersistenceException;
import org.quartz.impl.jdbcjobstore.Constants;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds what is wrong in Quartz's tables and puts it right under Quartz's own lock, with a row in the audit log for
 * each repair. It looks without the lock first, and takes it only when there is something to do.
 */
public final class QuartzDoctor implements SingletonJob {

    /** Name of the job. */
    public static final String NAME = "doctor";

    private static final Logger LOG = LoggerFactory.getLogger(QuartzDoctor.class);
    private static final Duration WATCH_LATE = Duration.ofSeconds(5);

    private final String node;
    private final ClusterJobStore store;
    private final Set<String> clusterJobs;
    private final Function<JobKey, JobDetail> details;
    private final NodeLiveness liveness;
    private final Duration forgetNodeAfter;
    private final Database database;
    private final JobStore jobs;
    private final ClusterStore cluster;
    private final Ticker ticker;

    // under this: what may pass by itself, and when it was first seen exactly so; a node whose clock is slow looks late
    // all the time, but its triggers move on
    private final Map<Finding, Long> watched = new HashMap<>();

    QuartzDoctor(
            String node,
            ClusterJobStore store,
            Set<String> clusterJobs,
            Function<JobKey, JobDetail> details,
            NodeLiveness liveness,
            Duration forgetNodeAfter,
            Database database,
            JobStore jobs,
            ClusterStore cluster,
            Ticker ticker) {
        this.node = node;
        this.store = store;
        this.clusterJobs = Set.copyOf(clusterJobs);
        this.details = details;
        this.liveness = liveness;
        this.forgetNodeAfter = forgetNodeAfter;
        this.database = database;
        this.jobs = jobs;
        this.cluster = cluster;
        this.ticker = ticker;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int run(BooleanSupplier stopped) {
        return repair(node, true).size();
    }

    /**
     * Examines and repairs by hand.
     *
     * @param actor who asked, for the audit log
     * @return a sentence for each repair; empty: nothing was wrong
     * @throws IllegalStateException when the Quartz store does not answer
     */
    public List<String> repairNow(String actor) {
        return repair(actor, false);
    }

    /**
     * Only looks, by hand.
     *
     * @return a sentence for each thing that is wrong
     * @throws IllegalStateException when the Quartz store does not answer
     */
    List<String> examineNow() {
        Map<String, Schedule> inForce = inForce();
        Instant now = database.inTransaction(cluster::databaseTime);
        try {
            return store.unlocked(c -> examine(c, inForce, now)).stream()
                    .map(Finding::sentence)
                    .toList();
        } catch (JobPersistenceException e) {
            throw unanswered(e);
        }
    }

    private synchronized List<String> repair(String actor, boolean patient) {
        Map<String, Schedule> inForce = inForce();
        Instant now = database.inTransaction(cluster::databaseTime);
        try {
            List<Finding> found = store.unlocked(c -> examine(c, inForce, now));
            List<Finding> seen = patient ? ripe(found, inForce) : found;
            if (seen.isEmpty()) {
                return List.of();
            }
            List<Finding> repaired = new ArrayList<>();
            // that row is locked by what follows, so it has to be there before
            for (Finding finding : seen) {
                if (finding.kind() == Finding.Kind.LOCK_MISSING) {
                    store.unlocked(c -> store.getDelegate().insertLock(c, finding.subject()));
                    repaired.add(finding);
                }
            }
            Set<Finding> agreed = Set.copyOf(seen);
            repaired.addAll(store.locked(connection -> {
                List<Finding> done = new ArrayList<>();
                for (Finding finding : examine(connection, inForce, now)) {
                    // what stands under the lock as it stood before is no passing state between two statements
                    if (agreed.contains(finding) && treat(connection, finding, inForce)) {
                        done.add(finding);
                    }
                }
                store.signalAfter();
                return done;
            }));
            return report(actor, repaired);
        } catch (JobPersistenceException e) {
            throw unanswered(e);
        }
    }

    private Map<String, Schedule> inForce() {
        return Schedule.inForce(
                database.inTransaction(jobs::settings),
                (job, why) -> LOG.debug("The schedule in force of {} cannot be read: {}", job, why));
    }

    private static IllegalStateException unanswered(JobPersistenceException e) {
        return new IllegalStateException("The Quartz store cannot be examined: " + Outage.innermost(e), e);
    }

    private List<Finding> examine(Connection connection, Map<String, Schedule> inForce, Instant now)
            throws SQLException {
        NodeAffineDelegate tables = store.getDelegate();
        return new Examination(
                        tables.lockNames(connection),
                        tables.instances(connection),
                        tables.jobs(connection),
                        tables.allTriggerRows(connection),
                        tables.firedRows(connection),
                        inForce,
                        clusterJobs,
                        liveness::gone,
                        now)
                .findings();
    }

    /** Leaves out what may pass by itself, unless it has stood unchanged for a while. */
    private List<Finding> ripe(List<Finding> findings, Map<String, Schedule> inForce) {
        watched.keySet().retainAll(Set.copyOf(findings));
        List<Finding> ripe = new ArrayList<>();
        for (Finding finding : findings) {
            long since = watched.computeIfAbsent(finding, f -> ticker.nanos());
            if (ticker.nanos() - since >= patience(finding, inForce).toNanos()) {
                ripe.add(finding);
            }
        }
        return ripe;
    }

    private Duration patience(Finding finding, Map<String, Schedule> inForce) {
        return switch (finding.kind()) {
            case NODE_GONE -> forgetNodeAfter;
            case LATE -> {
                Duration interval = inForce.get(finding.job().getGroup()).interval();
                yield interval == null ? WATCH_LATE : WATCH_LATE.plus(interval);
            }
            default -> Duration.ZERO;
        };
    }

    private boolean treat(Connection connection, Finding finding, Map<String, Schedule> inForce)
            throws SQLException, JobPersistenceException {
        NodeAffineDelegate tables = store.getDelegate();
        TriggerRow row = finding.trigger();
        JobKey job = finding.job();
        switch (finding.kind()) {
            case RUN_ORPHANED -> store.recover(connection, finding.subject());
            case NODE_GONE -> store.removeJobsNamed(connection, finding.subject());
            case RESERVATION_LOST ->
                tables.updateTriggerStateFromOtherState(
                        connection, row.key(), Constants.STATE_WAITING, Constants.STATE_ACQUIRED);
            case BLOCK_LOST -> {
                tables.updateTriggerStateFromOtherState(
                        connection, row.key(), Constants.STATE_WAITING, Constants.STATE_BLOCKED);
                tables.updateTriggerStateFromOtherState(
                        connection, row.key(), Constants.STATE_PAUSED, Constants.STATE_PAUSED_BLOCKED);
            }
            case IN_ERROR -> {
                Schedule schedule = inForce.get(job.getGroup());
                if (!row.regular()) {
                    // a firing by hand, or the recovery of one run: the job's own trigger makes up for it
                    tables.deleteTrigger(connection, row.key());
                } else if (schedule != null) {
                    store.rebuild(connection, details.apply(job), schedule, row);
                } else {
                    store.resetFromError(connection, row);
                }
            }
            case TRIGGER_MISSING, LATE ->
                store.rebuild(connection, details.apply(job), inForce.get(job.getGroup()), row);
            case LOCK_MISSING -> {
                return false;
            }
        }
        return true;
    }

    private List<String> report(String actor, List<Finding> repaired) {
        List<String> sentences = new ArrayList<>();
        for (Finding finding : repaired) {
            String sentence = finding.sentence();
            LOG.warn("The doctor found and repaired: {}", sentence);
            database.run(tx -> cluster.audit(tx, actor, "doctor", finding.subject(), finding.detail()));
            sentences.add(sentence);
        }
        return sentences;
    }
}

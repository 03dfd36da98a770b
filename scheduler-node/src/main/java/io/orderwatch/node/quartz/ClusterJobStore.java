package io.orderwatch.node.quartz;

import io.orderwatch.job.Ticker;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.quartz.JobDetail;
import org.quartz.JobKey;
import org.quartz.JobPersistenceException;
import org.quartz.SchedulerConfigException;
import org.quartz.Trigger.CompletedExecutionInstruction;
import org.quartz.TriggerKey;
import org.quartz.impl.jdbcjobstore.JobStoreTX;
import org.quartz.impl.jdbcjobstore.NoSuchDelegateException;
import org.quartz.impl.jdbcjobstore.SchedulerStateRecord;
import org.quartz.impl.matchers.GroupMatcher;
import org.quartz.impl.matchers.StringMatcher.StringOperatorName;
import org.quartz.spi.ClassLoadHelper;
import org.quartz.spi.OperableTrigger;
import org.quartz.spi.SchedulerSignaler;
import org.quartz.spi.TriggerFiredBundle;
import org.quartz.spi.TriggerFiredResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Quartz's clustered store with the parts replaced that do not suit a cluster with one failure detector:
 *
 * <ul>
 *   <li>an instance has failed when the membership says that its node is gone, however long it has been silent, and
 *       has not when it does not ({@link CheckIns} bridges the moment until a new node is seen by all);
 *   <li>what was reserved or ran on a node that was taken for gone is no longer that node's: it neither fires it nor
 *       ends it (Quartz does both, and runs a job twice at a time);
 *   <li>missed firings of a trigger become one firing, at once;
 *   <li>a trigger that cannot be read goes to ERROR alone, where Quartz would acquire nothing at all any more;
 *   <li>pausing a group of jobs is remembered for those that join it later;
 *   <li>while the database is away everything waits for it, and says so once.
 * </ul>
 */
final class ClusterJobStore extends JobStoreTX {

    private static final Logger LOG = LoggerFactory.getLogger(ClusterJobStore.class);
    private static final String QUARTZ = "Quartz";
    private static final long CHECK_IN_MILLIS = 1000;
    private static final long RETRY_MILLIS = 1000;
    private static final Duration ASK_EACH = Duration.ofSeconds(5);
    private static final Duration ACCEPTED_AFTER = Duration.ofMillis(2500);
    private static final Duration SHORT_RUN = Duration.ofMillis(30);

    private final NodeAffineDelegate delegate;
    private final NodeLiveness liveness;
    private final JobThreads threads;
    private final Outage outage;
    private final Ticker ticker;

    // of the thread that checks in
    private final CheckIns checkIns;
    private boolean listed;
    private long askedAt;

    private volatile boolean checkedIn;
    private volatile boolean outcast;
    private volatile boolean closing;

    ClusterJobStore(
            String scheduler,
            String dataSource,
            NodeAffineDelegate delegate,
            NodeLiveness liveness,
            JobThreads threads,
            Outage outage,
            Ticker ticker) {
        this.ticker = ticker;
        this.checkIns = new CheckIns(ticker);
        this.threads = threads;
        this.delegate = delegate;
        this.liveness = liveness;
        this.outage = outage;
        setDataSource(dataSource);
        setIsClustered(true);
        setUseProperties("true");
        setAcquireTriggersWithinLock(true);
        setClusterCheckinInterval(CHECK_IN_MILLIS);
        setDbRetryInterval(RETRY_MILLIS);
        setMakeThreadsDaemons(true);
        setLockHandler(new RowLocks(scheduler));
    }

    @Override
    public void initialize(ClassLoadHelper loadHelper, SchedulerSignaler signaler) throws SchedulerConfigException {
        super.initialize(loadHelper, signaler);
        try {
            delegate.initialize(LOG, tablePrefix, instanceName, instanceId, loadHelper, canUseProperties(), null);
        } catch (NoSuchDelegateException e) {
            throw new SchedulerConfigException("Cannot make the statements of the Quartz store", e);
        }
    }

    @Override
    protected NodeAffineDelegate getDelegate() {
        return delegate;
    }

    /** Ends all waiting for the database; Quartz's own {@link #shutdown()} comes too late for that. */
    void close() {
        closing = true;
    }

    // ---------------------------------------------------------------------------------------------------------------
    // Which nodes have failed
    // ---------------------------------------------------------------------------------------------------------------

    @Override
    protected List<SchedulerStateRecord> findFailedInstances(Connection connection) throws JobPersistenceException {
        try {
            List<SchedulerStateRecord> failed = new ArrayList<>();
            Set<String> known = new HashSet<>();
            for (SchedulerStateRecord instance : delegate.selectSchedulerStateRecords(connection, null)) {
                String node = instance.getSchedulerInstanceId();
                known.add(node);
                boolean myPastLife = firstCheckIn && node.equals(getInstanceId());
                boolean gone = !node.equals(getInstanceId()) && liveness.gone(node);
                if (myPastLife || checkIns.failed(node, instance.getCheckinTimestamp(), gone)) {
                    failed.add(instance);
                }
            }
            checkIns.retain(known);
            if (firstCheckIn) {
                failed.addAll(orphans(connection, known));
            }
            listed = known.contains(getInstanceId());
            return failed;
        } catch (SQLException e) {
            lastCheckin = System.currentTimeMillis();
            throw new JobPersistenceException("Cannot tell which nodes have failed: " + e.getMessage(), e);
        }
    }

    /**
     * Checks in, unless the others have just removed this node's row: they take it for gone, and would free whatever it
     * reserves, each second anew. It stands back then, and asks with a new row now and again; when they leave that
     * alone, it takes part again.
     */
    @Override
    protected List<SchedulerStateRecord> clusterCheckIn(Connection connection) throws JobPersistenceException {
        List<SchedulerStateRecord> failed = findFailedInstances(connection);
        long now = ticker.nanos();
        lastCheckin = System.currentTimeMillis();
        if (!firstCheckIn && !listed) {
            if (!outcast) {
                outcast = true;
                LOG.warn(
                        "{} was taken for gone and its unfinished jobs were freed; it stands back until the others"
                                + " count it in again",
                        getInstanceId());
            } else if (now - askedAt < ASK_EACH.toNanos()) {
                return failed;
            }
            askedAt = now;
        } else if (outcast && now - askedAt > ACCEPTED_AFTER.toNanos()) {
            outcast = false;
            LOG.info("{} takes part in Quartz again", getInstanceId());
            signalSchedulingChangeImmediately(0);
        }
        try {
            if (delegate.updateSchedulerState(connection, getInstanceId(), lastCheckin) == 0) {
                delegate.insertSchedulerState(connection, getInstanceId(), lastCheckin, getClusterCheckinInterval());
            }
        } catch (SQLException e) {
            throw new JobPersistenceException("Cannot write that this node is there: " + e.getMessage(), e);
        }
        return failed;
    }

    /** Whether this node may reserve triggers: it has checked in, and neither it nor the others count it out. */
    boolean takesPart() {
        return checkedIn && !outcast && !liveness.gone(getInstanceId());
    }

    private List<SchedulerStateRecord> orphans(Connection connection, Set<String> known) throws SQLException {
        List<SchedulerStateRecord> orphans = new ArrayList<>();
        for (String node : delegate.selectFiredTriggerInstanceNames(connection)) {
            if (!known.contains(node) && (node.equals(getInstanceId()) || liveness.gone(node))) {
                SchedulerStateRecord orphan = new SchedulerStateRecord();
                orphan.setSchedulerInstanceId(node);
                orphans.add(orphan);
            }
        }
        return orphans;
    }

    // ---------------------------------------------------------------------------------------------------------------
    // Acquiring, firing, ending
    // ---------------------------------------------------------------------------------------------------------------

    @Override
    public List<OperableTrigger> acquireNextTriggers(long noLaterThan, int maxCount, long timeWindow) {
        if (!takesPart()) {
            return new ArrayList<>();
        }
        letShortRunsEnd();
        try {
            List<OperableTrigger> acquired = super.acquireNextTriggers(noLaterThan, maxCount, timeWindow);
            outage.worked(QUARTZ);
            return acquired;
        } catch (JobPersistenceException e) {
            // an exception would be logged with its stack by Quartz each time; nothing to do means: ask again soon
            failed("Cannot acquire triggers", e);
            return new ArrayList<>();
        } catch (RuntimeException e) {
            failedAtTheEnd("Cannot acquire triggers", e);
            return new ArrayList<>();
        }
    }

    /**
     * Most runs find nothing and end within milliseconds. Quartz would look for the next triggers while they are
     * BLOCKED, and at the end of each run give back what it had reserved and look again.
     */
    private void letShortRunsEnd() {
        try {
            threads.awaitIdle(SHORT_RUN);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    protected void triggeredJobComplete(
            Connection connection, OperableTrigger trigger, JobDetail job, CompletedExecutionInstruction instruction)
            throws JobPersistenceException {
        super.triggeredJobComplete(connection, trigger, job, instruction);
        if (trigger.getNextFireTime() != null) {
            // Quartz says "anything may be due now", which gives back whatever is reserved; this says what is due when
            clearAndGetSignalSchedulingChangeOnTxCompletion();
            signalSchedulingChangeOnTxCompletion(trigger.getNextFireTime().getTime());
        }
    }

    @Override
    protected @Nullable OperableTrigger retrieveTrigger(Connection connection, TriggerKey key)
            throws JobPersistenceException {
        try {
            return super.retrieveTrigger(connection, key);
        } catch (JobPersistenceException e) {
            if (hasSqlCause(e)) {
                throw e;
            }
            // Quartz would stumble over this row first at every acquisition from now on, and fire nothing else
            LOG.error("Trigger {} cannot be read and is set to ERROR: {}", key, Outage.innermost(e), e);
            try {
                delegate.updateTriggerState(connection, key, STATE_ERROR);
            } catch (SQLException sql) {
                throw new JobPersistenceException("Cannot set trigger " + key + " to ERROR: " + sql.getMessage(), sql);
            }
            return null;
        }
    }

    /**
     * Where Quartz cannot read a job it sets its trigger to ERROR, for good, also when it was only the database that did
     * not answer. This lets it see that as what it is.
     *
     * @throws UnreadableException when the database did not answer
     */
    @Override
    protected @Nullable JobDetail retrieveJob(Connection connection, JobKey key) throws JobPersistenceException {
        try {
            return super.retrieveJob(connection, key);
        } catch (JobPersistenceException e) {
            if (hasSqlCause(e)) {
                throw new UnreadableException(e);
            }
            throw e;
        }
    }

    private static final class UnreadableException extends RuntimeException {

        private final JobPersistenceException reason;

        UnreadableException(JobPersistenceException reason) {
            super(reason);
            this.reason = reason;
        }
    }

    @Override
    public List<TriggerFiredResult> triggersFired(List<OperableTrigger> triggers) {
        try {
            return super.triggersFired(triggers);
        } catch (JobPersistenceException e) {
            failed("Cannot fire triggers", e);
            // Quartz releases those that did not fire
            List<TriggerFiredResult> none = new ArrayList<>();
            triggers.forEach(trigger -> none.add(new TriggerFiredResult(e)));
            return none;
        } catch (RuntimeException e) {
            failedAtTheEnd("Cannot fire triggers", e);
            List<TriggerFiredResult> none = new ArrayList<>();
            triggers.forEach(trigger -> none.add(new TriggerFiredResult(e)));
            return none;
        }
    }

    /** Where a commit fails while the node stops, Quartz stumbles over the answer that nobody waits for any more. */
    private void failedAtTheEnd(String what, RuntimeException failure) {
        if (!closing) {
            throw failure;
        }
        LOG.debug("{} while the node stops", what, failure);
    }

    @Override
    protected @Nullable TriggerFiredBundle triggerFired(Connection connection, OperableTrigger trigger)
            throws JobPersistenceException {
        Date now = new Date();
        Date following = trigger.getFireTimeAfter(trigger.getNextFireTime());
        if (following != null && following.before(now)) {
            // Quartz would make up for each missed firing, one after the other; a sweep makes up for all of them
            trigger.setNextFireTime(now);
        }
        try {
            return super.triggerFired(connection, trigger);
        } catch (UnreadableException e) {
            throw e.reason;
        } catch (JobPersistenceException e) {
            if (ReservationLostException.isCause(e)) {
                LOG.info("Trigger {} was reserved here but is not any more, and is not fired", trigger.getKey());
                return null;
            }
            throw e;
        }
    }

    @Override
    protected void releaseAcquiredTrigger(Connection connection, OperableTrigger trigger)
            throws JobPersistenceException {
        TriggerKey key = trigger.getKey();
        try {
            delegate.deleteFiredTrigger(connection, trigger.getFireInstanceId());
            int released = delegate.updateTriggerStateFromOtherState(connection, key, STATE_WAITING, STATE_ACQUIRED);
            // Quartz would wake a BLOCKED one in any case, and run the job beside the run that blocks it
            if (released == 0 && !runs(connection, trigger.getJobKey())) {
                delegate.updateTriggerStateFromOtherState(connection, key, STATE_WAITING, STATE_BLOCKED);
                delegate.updateTriggerStateFromOtherState(connection, key, STATE_PAUSED, STATE_PAUSED_BLOCKED);
            }
        } catch (SQLException e) {
            throw new JobPersistenceException("Cannot release trigger " + key + ": " + e.getMessage(), e);
        }
    }

    private boolean runs(Connection connection, JobKey job) throws SQLException {
        return delegate.selectFiredTriggerRecordsByJob(connection, job.getName(), job.getGroup()).stream()
                .anyMatch(fired -> STATE_EXECUTING.equals(fired.getFireInstanceState()));
    }

    /** What must be written however long the database is away: the end of a run, the release of a reservation. */
    @Override
    protected <T> T retryExecuteInNonManagedTXLock(String lock, TransactionCallback<T> work) {
        // when the node stops there is one more try
        while (true) {
            try {
                T answer = executeInNonManagedTXLock(lock, work, null);
                outage.worked(QUARTZ);
                return answer;
            } catch (JobPersistenceException e) {
                if (ReservationLostException.isCause(e)) {
                    LOG.info(
                            "{}: another node had freed its trigger in the meantime",
                            e.getCause().getMessage());
                    return null;
                }
                failed("Cannot write the end of a firing, and tries again", e);
            } catch (RuntimeException e) {
                LOG.error("Cannot write the end of a firing, and tries again", e);
            }
            if (closing) {
                break;
            }
            try {
                Thread.sleep(RETRY_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        LOG.info("The node stops before Quartz has written the end of a firing; another node frees it");
        return null;
    }

    // ---------------------------------------------------------------------------------------------------------------
    // Background work of Quartz, with quiet failures
    // ---------------------------------------------------------------------------------------------------------------

    @Override
    protected boolean doCheckin() {
        if (liveness.gone(getInstanceId())) {
            // not a member yet, or not any more: a row now would only be removed by the others
            lastCheckin = System.currentTimeMillis();
            return false;
        }
        try {
            boolean recovered = super.doCheckin();
            if (!checkedIn) {
                checkedIn = true;
                signalSchedulingChangeImmediately(0);
            }
            outage.worked(QUARTZ);
            return recovered;
        } catch (JobPersistenceException e) {
            lastCheckin = System.currentTimeMillis();
            failed("Cannot check in", e);
            return false;
        }
    }

    @Override
    protected RecoverMisfiredJobsResult doRecoverMisfires() {
        try {
            return super.doRecoverMisfires();
        } catch (JobPersistenceException e) {
            failed("Cannot look for missed firings", e);
            return RecoverMisfiredJobsResult.NO_OP;
        }
    }

    private void failed(String what, JobPersistenceException failure) {
        if (closing) {
            LOG.debug("{} while the node stops: {}", what, Outage.innermost(failure));
        } else if (Outage.isCause(failure)) {
            outage.failed(QUARTZ, failure);
        } else if (hasSqlCause(failure)) {
            LOG.warn("{}, and tries again: {}", what, Outage.innermost(failure));
        } else {
            LOG.error("{}, and tries again", what, failure);
        }
    }

    /** A connection that has broken cannot be rolled back, and need not be; Quartz prints a stack trace of that. */
    @Override
    protected void rollbackConnection(Connection connection) {
        try {
            if (connection != null) {
                connection.rollback();
            }
        } catch (SQLException e) {
            LOG.debug("A connection could not be rolled back: {}", e.getMessage());
        }
    }

    private static boolean hasSqlCause(Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (t instanceof SQLException) {
                return true;
            }
        }
        return false;
    }

    // ---------------------------------------------------------------------------------------------------------------
    // Pausing groups
    // ---------------------------------------------------------------------------------------------------------------

    /** Pauses the trigger groups of the same names too: those Quartz remembers for triggers that come later. */
    @Override
    public Set<String> pauseJobs(GroupMatcher<JobKey> matcher) throws JobPersistenceException {
        return locked(connection -> {
            Set<String> groups = namedBy(matcher);
            for (JobKey job : jobs(connection, matcher)) {
                groups.add(job.getGroup());
                for (TriggerKey trigger : triggersOf(connection, job)) {
                    pauseTrigger(connection, trigger);
                }
            }
            for (String group : groups) {
                pauseTriggerGroup(connection, GroupMatcher.triggerGroupEquals(group));
            }
            return groups;
        });
    }

    @Override
    public Set<String> resumeJobs(GroupMatcher<JobKey> matcher) throws JobPersistenceException {
        return locked(connection -> {
            Set<String> groups = namedBy(matcher);
            Set<JobKey> jobs = jobs(connection, matcher);
            jobs.forEach(job -> groups.add(job.getGroup()));
            for (String group : groups) {
                resumeTriggerGroup(connection, GroupMatcher.triggerGroupEquals(group));
            }
            for (JobKey job : jobs) {
                for (TriggerKey trigger : triggersOf(connection, job)) {
                    resumeTrigger(connection, trigger);
                }
            }
            return groups;
        });
    }

    // a group that is named outright is meant even if no node has joined it yet
    private static Set<String> namedBy(GroupMatcher<JobKey> matcher) {
        Set<String> groups = new HashSet<>();
        if (matcher.getCompareWithOperator() == StringOperatorName.EQUALS) {
            groups.add(matcher.getCompareToValue());
        }
        return groups;
    }

    private Set<JobKey> jobs(Connection connection, GroupMatcher<JobKey> matcher) throws JobPersistenceException {
        try {
            return delegate.selectJobsInGroup(connection, matcher);
        } catch (SQLException e) {
            throw new JobPersistenceException("Cannot list the jobs of " + matcher + ": " + e.getMessage(), e);
        }
    }

    private List<TriggerKey> triggersOf(Connection connection, JobKey job) throws JobPersistenceException {
        try {
            return delegate.selectTriggerKeysForJob(connection, job);
        } catch (SQLException e) {
            throw new JobPersistenceException("Cannot list the triggers of " + job + ": " + e.getMessage(), e);
        }
    }

    // ---------------------------------------------------------------------------------------------------------------
    // What the node's own upkeep needs
    // ---------------------------------------------------------------------------------------------------------------

    /** The triggers of this node's jobs and of the cluster's. */
    List<TriggerRow> ownTriggers() throws JobPersistenceException {
        return unlocked(delegate::ownTriggerRows);
    }

    List<TriggerRow> allTriggers() throws JobPersistenceException {
        return unlocked(delegate::allTriggerRows);
    }

    /** Nodes that run each job now. */
    Map<JobKey, List<String>> running() throws JobPersistenceException {
        return unlocked(delegate::running);
    }

    /** Names of all jobs: ids of nodes, and that of the cluster. */
    Set<String> jobNames() throws JobPersistenceException {
        return unlocked(delegate::jobNames);
    }

    /** Sees to it that the job is there with this schedule; one that was paused stays paused. */
    void ensure(JobDetail job, Schedule schedule) throws JobPersistenceException {
        locked(connection -> {
            TriggerRow present = null;
            for (TriggerRow row :
                    delegate.triggerRowsOfGroup(connection, job.getKey().getGroup())) {
                if (row.key().getName().equals(job.getKey().getName())) {
                    present = row;
                }
            }
            if (present == null || !schedule.text().equals(present.schedule())) {
                rebuild(connection, job, schedule, present);
            } else {
                storeJob(connection, job, true);
            }
            return Boolean.TRUE;
        });
    }

    /** Writes job and trigger anew, whatever is there; one that was paused, or whose group is, is paused again. */
    void rebuild(Connection connection, JobDetail job, Schedule schedule, @Nullable TriggerRow present)
            throws JobPersistenceException, SQLException {
        storeJob(connection, job, true);
        schedule(connection, job.getKey(), schedule, present);
    }

    /**
     * Gives all triggers of a group another schedule; those that were paused stay paused.
     *
     * @return how many had another one before
     */
    int reschedule(String group, Schedule schedule) throws JobPersistenceException {
        return locked(connection -> {
            int changed = 0;
            for (TriggerRow row : delegate.triggerRowsOfGroup(connection, group)) {
                if (row.regular() && !schedule.text().equals(row.schedule())) {
                    schedule(connection, row.job(), schedule, row);
                    changed++;
                }
            }
            return changed;
        });
    }

    private void schedule(Connection connection, JobKey job, Schedule schedule, @Nullable TriggerRow present)
            throws JobPersistenceException, SQLException {
        OperableTrigger trigger = schedule.trigger(job, Instant.now());
        String state = STATE_WAITING;
        if (present != null) {
            if (present.paused()) {
                state = STATE_PAUSED;
            }
            trigger.setPreviousFireTime(present.previous() == null ? null : Date.from(present.previous()));
            delegate.deleteReservations(connection, present.key());
            // not updated in place: Quartz would look for the old kind's row where the kind changes
            delegate.deleteTrigger(connection, present.key());
        }
        storeTrigger(connection, trigger, null, false, state, false, false);
        signalSchedulingChangeOnTxCompletion(trigger.getNextFireTime().getTime());
    }

    /** Has a trigger fire at another time, unless it has moved on since it was looked at. */
    boolean moveFiring(TriggerRow row, Instant to) throws JobPersistenceException {
        if (row.next() == null) {
            return false;
        }
        Instant from = row.next();
        return locked(connection -> {
            signalSchedulingChangeOnTxCompletion(to.toEpochMilli());
            return delegate.moveFiring(connection, row.key(), from, to) > 0;
        });
    }

    /** Has the thread that waits to fire a trigger let go of it, if it is to fire later than that. */
    void announce(Instant firing) {
        signalSchedulingChangeImmediately(firing.toEpochMilli());
    }

    /** Removes all jobs of this name, in whichever group, and returns how many there were. */
    int removeJobsNamed(String name) throws JobPersistenceException {
        return locked(connection -> removeJobsNamed(connection, name));
    }

    int removeJobsNamed(Connection connection, String name) throws JobPersistenceException, SQLException {
        int removed = 0;
        for (JobKey job : delegate.jobs(connection)) {
            if (job.getName().equals(name) && removeJob(connection, job)) {
                removed++;
            }
        }
        return removed;
    }

    /** Frees what a node that is gone had reserved or was running, as a check-in would. */
    void recover(Connection connection, String node) throws JobPersistenceException {
        SchedulerStateRecord instance = new SchedulerStateRecord();
        instance.setSchedulerInstanceId(node);
        clusterRecover(connection, List.of(instance));
        signalSchedulingChangeOnTxCompletion(0);
    }

    /** Takes a trigger out of ERROR, into PAUSED if its group is. */
    void resetFromError(Connection connection, TriggerRow row) throws SQLException {
        boolean paused = delegate.isTriggerGroupPaused(connection, row.key().getGroup());
        delegate.updateTriggerStateFromOtherState(
                connection, row.key(), paused ? STATE_PAUSED : STATE_WAITING, STATE_ERROR);
    }

    /** Has the scheduler's threads look again once the transaction is over. */
    void signalAfter() {
        signalSchedulingChangeOnTxCompletion(0);
    }

    // ---------------------------------------------------------------------------------------------------------------
    // Transactions
    // ---------------------------------------------------------------------------------------------------------------

    @FunctionalInterface
    interface Work<T> {
        T with(Connection connection) throws JobPersistenceException, SQLException;
    }

    /** Runs work in a transaction that holds the lock of all triggers of the cluster. */
    <T> T locked(Work<T> work) throws JobPersistenceException {
        return transaction(LOCK_TRIGGER_ACCESS, work);
    }

    <T> T unlocked(Work<T> work) throws JobPersistenceException {
        return transaction(null, work);
    }

    private <T> T transaction(@Nullable String lock, Work<T> work) throws JobPersistenceException {
        return executeInNonManagedTXLock(
                lock,
                connection -> {
                    try {
                        return work.with(connection);
                    } catch (SQLException e) {
                        throw new JobPersistenceException(e.getMessage(), e);
                    }
                },
                null);
    }
}

package io.orderwatch.node.quartz;

import io.orderwatch.dao.Database;
import io.orderwatch.dao.cluster.ClusterStore;
import io.orderwatch.dao.jobs.JobStore;
import io.orderwatch.job.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import javax.sql.DataSource;
import org.quartz.JobKey;
import org.quartz.SchedulerConfigException;
import org.quartz.SchedulerException;
import org.quartz.Trigger;
import org.quartz.simpl.CascadingClassLoadHelper;
import org.quartz.spi.SchedulerSignaler;
import org.quartz.utils.DBConnectionManager;

/**
 * The {@link QuartzDoctor} in a process that is no node, such as the command line: it runs no jobs and needs no node to
 * be up. For one thread.
 */
public final class VisitingDoctor implements AutoCloseable {

    private static final String NAME = "visiting-doctor";

    private final LentPool lent;
    private final QuartzDoctor doctor;

    /**
     * @param scheduler name of the scheduler whose tables are looked at
     * @param pool at least two connections, auto-commit off, READ COMMITTED, every wait bounded; stays open when this is
     *     closed
     * @param liveness which nodes are gone; false for all takes nothing from any
     */
    public VisitingDoctor(String scheduler, DataSource pool, Database database, NodeLiveness liveness, Ticker ticker) {
        this.lent = new LentPool(pool);
        DBConnectionManager.getInstance().addConnectionProvider(NAME, lent);
        NodeAffineDelegate tables = new NodeAffineDelegate(ClusteredScheduler.CLUSTER, Set.of(), Set.of());
        // no thread of the pool is ever started
        ClusterJobStore store = new ClusterJobStore(
                scheduler, NAME, tables, liveness, new JobThreads(NAME, 1, ticker), new Outage(ticker), ticker);
        store.setInstanceName(scheduler);
        store.setInstanceId(NAME);
        CascadingClassLoadHelper classes = new CascadingClassLoadHelper();
        classes.initialize();
        try {
            store.initialize(classes, new Silent());
        } catch (SchedulerConfigException e) {
            throw new IllegalStateException("The Quartz store cannot be opened: " + e.getMessage(), e);
        }
        this.doctor = new QuartzDoctor(
                NAME,
                store,
                // the nodes themselves schedule what has no job at all
                Set.of(),
                ClusteredScheduler::jobDetail,
                liveness,
                Duration.ZERO,
                database,
                new JobStore(),
                new ClusterStore(),
                ticker);
    }

    /**
     * Only looks.
     *
     * @return a sentence for each thing that is wrong
     * @throws IllegalStateException when the Quartz store does not answer
     */
    public List<String> examine() {
        return doctor.examineNow();
    }

    /** See {@link QuartzDoctor#repairNow}. */
    public List<String> repair(String actor) {
        return doctor.repairNow(actor);
    }

    @Override
    public void close() {
        lent.shutdown();
    }

    /** There is no scheduler here to be told; the nodes look by themselves each second. */
    private static final class Silent implements SchedulerSignaler {

        @Override
        public void notifyTriggerListenersMisfired(Trigger trigger) {}

        @Override
        public void notifySchedulerListenersFinalized(Trigger trigger) {}

        @Override
        public void notifySchedulerListenersJobDeleted(JobKey jobKey) {}

        @Override
        public void signalSchedulingChange(long candidateNewNextFireTime) {}

        @Override
        public void notifySchedulerListenersError(String message, SchedulerException e) {}
    }
}

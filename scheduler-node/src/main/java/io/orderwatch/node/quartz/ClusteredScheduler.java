package io.orderwatch.node.quartz;

import com.codahale.metrics.MetricRegistry;
import io.orderwatch.dao.Database;
import io.orderwatch.dao.cluster.ClusterStore;
import io.orderwatch.dao.jobs.JobStore;
import io.orderwatch.job.KillPoints;
import io.orderwatch.job.Ownership;
import io.orderwatch.job.Ticker;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.quartz.JobBuilder;
import org.quartz.JobDetail;
import org.quartz.JobKey;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.impl.DefaultThreadExecutor;
import org.quartz.impl.DirectSchedulerFactory;
import org.quartz.impl.SchedulerRepository;
import org.quartz.utils.DBConnectionManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's part of the clustered scheduler: it fires the node's own jobs and its share of the cluster's, and keeps
 * their schedules as {@code job_settings} has them. It starts, alive but idle, while the database is away.
 *
 * <p>Life: {@link #start()}, then {@link #drain} and {@link #close()}; safe for use by many threads.
 */
public final class ClusteredScheduler implements AutoCloseable {

    /** Name of the jobs that run once in the cluster, on whichever node; no node may have it as its id. */
    public static final String CLUSTER = "cluster";

    private static final Logger LOG = LoggerFactory.getLogger(ClusteredScheduler.class);
    private static final Duration LOOK_AHEAD = Duration.ofSeconds(1);
    private static final Duration BATCH_WINDOW = Duration.ofMillis(20);
    private static final Duration UPKEEP_EACH = Duration.ofSeconds(1);
    private static final Duration LAST_GRACE = Duration.ofSeconds(2);

    private final SchedulerSettings settings;
    private final DataSource pool;
    private final Database database;
    private final NodeLiveness liveness;
    private final BooleanSupplier leading;
    private final InstantSource clock = InstantSource.system();
    private final Ticker ticker = Ticker.system();
    private final Outage outage;
    private final RunBook book;
    private final ClusterJobStore store;
    private final QuartzDoctor doctor;
    private final Map<JobKey, JobRunner> runners;
    private final JobThreads threads;
    private final Set<JobKey> waking = ConcurrentHashMap.newKeySet();

    private volatile boolean closing;
    private volatile @Nullable Running running;

    /** What exists only between start and close. */
    private record Running(
            Scheduler scheduler,
            Upkeep upkeep,
            ScheduledExecutorService upkeepThread,
            ScheduledExecutorService wakers) {}

    /**
     * @param pool connections for Quartz alone, auto-commit off, READ COMMITTED, every wait bounded; four are enough;
     *     it stays open when this is closed
     * @param database for the tables of settings and runs
     * @param catalogue the jobs; the {@link QuartzDoctor} is added to them
     * @param leading whether this node leads the cluster now
     */
    public ClusteredScheduler(
            SchedulerSettings settings,
            DataSource pool,
            Database database,
            JobCatalogue catalogue,
            Ownership ownership,
            NodeLiveness liveness,
            BooleanSupplier leading,
            MetricRegistry metrics,
            KillPoints killPoints) {
        this.settings = settings;
        this.pool = pool;
        this.database = database;
        this.liveness = liveness;
        this.leading = leading;
        this.outage = new Outage(ticker);
        this.book = new RunBook(settings.node(), metrics);
        Set<String> clusterJobs = new LinkedHashSet<>(catalogue.clusterNames());
        clusterJobs.add(QuartzDoctor.NAME);
        NodeAffineDelegate delegate = new NodeAffineDelegate(CLUSTER, catalogue.ownNames(), clusterJobs);
        int jobs = catalogue.ownNames().size() + clusterJobs.size();
        this.threads = new JobThreads(settings.node(), jobs, ticker);
        this.store =
                new ClusterJobStore(settings.name(), dataSourceName(), delegate, liveness, threads, outage, ticker);
        this.doctor = new QuartzDoctor(
                settings.node(),
                store,
                clusterJobs,
                ClusteredScheduler::jobDetail,
                liveness,
                settings.forgetNodeAfter(),
                database,
                new JobStore(),
                new ClusterStore(),
                ticker);
        this.runners = runners(catalogue.with(doctor), ownership, killPoints);
    }

    private Map<JobKey, JobRunner> runners(JobCatalogue catalogue, Ownership ownership, KillPoints killPoints) {
        Map<JobKey, JobRunner> all = new LinkedHashMap<>();
        catalogue
                .shardJobs()
                .forEach(
                        (name, job) -> add(all, settings.node(), name, JobRunner.sweeping(job, ownership, killPoints)));
        catalogue.nodeJobs().forEach((name, job) -> add(all, settings.node(), name, job::run));
        // a node that is taken for gone leaves what is the cluster's to whoever recovers it
        catalogue
                .singletons()
                .forEach((name, job) -> add(
                        all, CLUSTER, name, stopped -> job.run(() -> stopped.getAsBoolean() || !store.takesPart())));
        return all;
    }

    private void add(Map<JobKey, JobRunner> all, String name, String group, JobRunner.Unit unit) {
        JobKey key = new JobKey(name, group);
        all.put(key, new JobRunner(key, unit, book, outage, clock, ticker, () -> closing));
    }

    /**
     * Takes part in the cluster from now on.
     *
     * @throws IllegalStateException when it was started before
     */
    public synchronized void start() {
        if (running != null || closing) {
            throw new IllegalStateException("The scheduler of " + settings.node() + " was started before");
        }
        Scheduler scheduler = newScheduler();
        Upkeep upkeep = upkeep(scheduler);
        ScheduledExecutorService upkeepThread =
                Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "jobs-upkeep-" + settings.node()));
        running = new Running(scheduler, upkeep, upkeepThread, wakers());
        try {
            scheduler.start();
        } catch (SchedulerException e) {
            throw new IllegalStateException("The scheduler of " + settings.node() + " cannot be started", e);
        }
        upkeepThread.scheduleWithFixedDelay(upkeep::tick, 0, UPKEEP_EACH.toMillis(), TimeUnit.MILLISECONDS);
    }

    private Upkeep upkeep(Scheduler scheduler) {
        JobStore jobs = new JobStore();
        Set<String> known = new LinkedHashSet<>();
        runners.keySet().forEach(key -> known.add(key.getGroup()));
        return new Upkeep(new Upkeep.Parts(
                settings.node(),
                store,
                new SettingsApplier(scheduler, store, database, jobs, known),
                database,
                jobs,
                runners,
                book,
                ClusteredScheduler::jobDetail,
                liveness,
                leading,
                settings.forgetNodeAfter(),
                outage,
                clock,
                ticker));
    }

    private Scheduler newScheduler() {
        DBConnectionManager.getInstance().addConnectionProvider(dataSourceName(), new LentPool(pool));
        DirectSchedulerFactory factory = DirectSchedulerFactory.getInstance();
        // the factory knows one scheduler of a name in a JVM; a node in a test's JVM must not find its neighbour's
        synchronized (DirectSchedulerFactory.class) {
            try {
                factory.createScheduler(
                        settings.name(),
                        settings.node(),
                        threads,
                        new DefaultThreadExecutor(),
                        store,
                        null,
                        null,
                        0,
                        LOOK_AHEAD.toMillis(),
                        -1,
                        true,
                        null,
                        threads.getPoolSize(),
                        BATCH_WINDOW.toMillis(),
                        true);
                Scheduler scheduler = factory.getScheduler(settings.name());
                scheduler.setJobFactory(new CatalogueJobFactory(runners));
                return scheduler;
            } catch (SchedulerException e) {
                throw new IllegalStateException("The scheduler of " + settings.node() + " cannot be made", e);
            } finally {
                SchedulerRepository.getInstance().remove(settings.name());
            }
        }
    }

    private String dataSourceName() {
        return settings.name() + "@" + settings.node();
    }

    static JobDetail jobDetail(JobKey key) {
        return JobBuilder.newJob(CatalogueJob.class)
                .withIdentity(key)
                .storeDurably()
                // a node's own sweep that died is done by the next one, here or by whoever gets the shards
                .requestRecovery(key.getName().equals(CLUSTER))
                .build();
    }

    private ScheduledExecutorService wakers() {
        AtomicInteger number = new AtomicInteger();
        ScheduledThreadPoolExecutor wakers = new ScheduledThreadPoolExecutor(
                Math.max(1, runners.size()),
                task -> daemon(task, "job-wake-" + settings.node() + "-" + number.incrementAndGet()));
        wakers.setKeepAliveTime(30, TimeUnit.SECONDS);
        wakers.allowCoreThreadTimeOut(true);
        // nobody who stops a node waits for what was to be woken later
        wakers.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        return wakers;
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /** Whether this node's jobs are in their places; false until the settings were read and applied once. */
    public boolean ready() {
        Running now = running;
        return now != null && !closing && now.upkeep().scheduled();
    }

    /**
     * Runs this node's job of the name as soon as possible on a thread of its own, unless it is paused or has no
     * schedule yet; if it runs just now, it runs once more afterwards. Returns at once.
     *
     * @throws IllegalArgumentException when this node has no job of its own of this name
     */
    public void wake(String job) {
        JobRunner runner = own(job);
        JobKey key = runner.key();
        Running now = running;
        if (now == null || closing || !waking.add(key)) {
            return;
        }
        try {
            now.wakers().execute(() -> {
                waking.remove(key);
                // not Quartz's own way, a trigger for one firing: that costs its 29 statements and the cluster's lock
                if (mayRun(now.scheduler(), key)) {
                    runner.fire();
                }
            });
        } catch (RejectedExecutionException e) {
            waking.remove(key);
            LOG.debug("Job {} is not woken, the node stops", job);
        }
    }

    /**
     * As {@link #wake}, after that time; returns at once. Not at all when the node stops before.
     *
     * @throws IllegalArgumentException as {@link #wake}
     */
    public void wakeIn(Duration after, String job) {
        own(job);
        Running now = running;
        if (now == null || closing) {
            return;
        }
        try {
            now.wakers().schedule(() -> wake(job), after.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("Job {} is not woken, the node stops", job);
        }
    }

    private JobRunner own(String job) {
        JobRunner runner = runners.get(new JobKey(settings.node(), job));
        if (runner == null) {
            throw new IllegalArgumentException("There is no job named " + job + " of each node's own");
        }
        return runner;
    }

    private boolean mayRun(Scheduler scheduler, JobKey key) {
        try {
            return switch (scheduler.getTriggerState(new org.quartz.TriggerKey(key.getName(), key.getGroup()))) {
                case NORMAL, BLOCKED -> true;
                case NONE, PAUSED, COMPLETE, ERROR -> false;
            };
        } catch (SchedulerException e) {
            LOG.debug("Job {} is not woken, its state cannot be read: {}", key, Outage.innermost(e));
            return false;
        }
    }

    /** Fires nothing more on this node until {@link #resume()}; what runs goes on. The node still counts as alive. */
    public void standby() {
        Running now = started();
        try {
            now.scheduler().standby();
        } catch (SchedulerException e) {
            throw new IllegalStateException("The scheduler of " + settings.node() + " is closed", e);
        }
    }

    /** Ends {@link #standby()}. */
    public void resume() {
        Running now = started();
        try {
            now.scheduler().start();
        } catch (SchedulerException e) {
            throw new IllegalStateException("The scheduler of " + settings.node() + " is closed", e);
        }
    }

    /**
     * Fires nothing more for good, tells the jobs that run to end after their present batch, and waits for them.
     *
     * @return whether all of them ended in time
     */
    public boolean drain(Duration atMost) throws InterruptedException {
        closing = true;
        Running now = running;
        if (now == null) {
            return true;
        }
        long deadline = ticker.nanos() + atMost.toNanos();
        try {
            now.scheduler().standby();
        } catch (SchedulerException e) {
            LOG.debug("The scheduler of {} is closed already", settings.node(), e);
        }
        now.wakers().shutdown();
        boolean idle = true;
        for (JobRunner runner : runners.values()) {
            boolean ended = runner.awaitIdle(Duration.ofNanos(Math.max(0, deadline - ticker.nanos())));
            if (!ended) {
                LOG.warn(
                        "Job {} of {} did not end within {} ms",
                        runner.key().getGroup(),
                        settings.node(),
                        atMost.toMillis());
            }
            idle &= ended;
        }
        return threads.awaitIdle(Duration.ofNanos(Math.max(0, deadline - ticker.nanos()))) && idle;
    }

    /** Removes all jobs of a node that is gone for good, which the leader does by itself after a while. */
    public int removeJobsOf(String node) {
        if (node.equals(CLUSTER)) {
            throw new IllegalArgumentException("The jobs of the cluster are nobody's to remove");
        }
        try {
            return store.removeJobsNamed(node);
        } catch (SchedulerException e) {
            throw new IllegalStateException("The jobs of " + node + " cannot be removed: " + Outage.innermost(e), e);
        }
    }

    /** For operators: see {@link JobsAdmin}. */
    public JobsAdmin admin() {
        return new JobsAdmin(started().scheduler(), store, doctor, database, new ClusterStore());
    }

    /** To be called by hand; by itself it comes as the job {@value QuartzDoctor#NAME}. */
    public QuartzDoctor doctor() {
        return doctor;
    }

    /** Whether this node reserves triggers now, for tests. */
    boolean takesPart() {
        return store.takesPart();
    }

    /** Quartz itself, for tests that do what a JMX client can do. */
    Scheduler quartz() {
        return started().scheduler();
    }

    private Running started() {
        Running now = running;
        if (now == null) {
            throw new IllegalStateException("The scheduler of " + settings.node() + " is not started");
        }
        return now;
    }

    /** Ends at once, or after the {@link #drain} that should come first; what still runs is interrupted. */
    @Override
    public synchronized void close() {
        closing = true;
        Running now = running;
        if (now == null) {
            return;
        }
        running = null;
        now.upkeepThread().shutdown();
        now.wakers().shutdown();
        try {
            if (!threads.awaitIdle(LAST_GRACE)) {
                LOG.warn("Jobs of {} are interrupted; what they had begun is left to their next run", settings.node());
                threads.interrupt();
                now.wakers().shutdownNow();
            }
            shutdown(now.scheduler());
            if (now.upkeepThread().awaitTermination(LAST_GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                now.upkeep().writeRuns();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            threads.interrupt();
        } catch (RuntimeException e) {
            LOG.info("The last figures of the jobs of {} are not written: {}", settings.node(), Outage.innermost(e));
        }
    }

    // Quartz waits for its own threads without end, and they for a database that may be away
    private void shutdown(Scheduler scheduler) throws InterruptedException {
        store.close();
        threads.shutdown(false);
        Thread closer = daemon(
                () -> {
                    try {
                        scheduler.shutdown(true);
                    } catch (SchedulerException e) {
                        LOG.warn("The scheduler of {} cannot be closed: {}", settings.node(), e.getMessage(), e);
                    }
                },
                "scheduler-close-" + settings.node());
        closer.start();
        closer.join(LAST_GRACE.toMillis());
        if (closer.isAlive()) {
            LOG.info("The scheduler of {} does not wait any longer for the database", settings.node());
        }
    }
}

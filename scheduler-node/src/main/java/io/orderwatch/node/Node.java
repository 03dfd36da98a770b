package io.orderwatch.node;

import com.codahale.metrics.MetricRegistry;
import com.zaxxer.hikari.HikariDataSource;
import io.orderwatch.dao.DataSources;
import io.orderwatch.dao.Database;
import io.orderwatch.dao.DatabaseSettings;
import io.orderwatch.dao.retention.RetainedTable;
import io.orderwatch.job.KillPoints;
import io.orderwatch.job.NodeJob;
import io.orderwatch.job.ShardJob;
import io.orderwatch.job.SingletonJob;
import io.orderwatch.job.Ticker;
import io.orderwatch.job.UserLog;
import io.orderwatch.job.alert.AlertChannels;
import io.orderwatch.job.alert.Alerting;
import io.orderwatch.job.notification.AddressPolicy;
import io.orderwatch.job.notification.Delivery;
import io.orderwatch.job.notification.DeliverySettings;
import io.orderwatch.job.notification.GiveUpJob;
import io.orderwatch.job.notification.HttpChannel;
import io.orderwatch.job.notification.HttpChannelSettings;
import io.orderwatch.job.notification.Isolation;
import io.orderwatch.job.notification.ManualRetry;
import io.orderwatch.job.notification.MerchantHealth;
import io.orderwatch.job.notification.NotifyRetryJob;
import io.orderwatch.job.notification.OperatorDesk;
import io.orderwatch.job.order.ExpiryCancelJob;
import io.orderwatch.job.order.OrderScanJob;
import io.orderwatch.job.order.OrderSettings;
import io.orderwatch.job.retention.LogCleanupJob;
import io.orderwatch.job.retention.RetentionSettings;
import io.orderwatch.job.setaside.SetAsideJob;
import io.orderwatch.job.status.StatusChangeJob;
import io.orderwatch.node.breaker.BreakerReset;
import io.orderwatch.node.breaker.BreakerSettings;
import io.orderwatch.node.breaker.RedisBreakers;
import io.orderwatch.node.channel.MerchantChannels;
import io.orderwatch.node.cli.NodeProcess;
import io.orderwatch.node.cli.Orderwatch;
import io.orderwatch.node.cli.StateFile;
import io.orderwatch.node.config.InvalidConfigException;
import io.orderwatch.node.config.NodeConfig;
import io.orderwatch.node.jmx.JmxServer;
import io.orderwatch.node.jmx.ManagedBreakers;
import io.orderwatch.node.jmx.ManagedJobs;
import io.orderwatch.node.jmx.ManagedNotifications;
import io.orderwatch.node.lock.RedisSettings;
import io.orderwatch.node.lock.RedissonLocks;
import io.orderwatch.node.log.LogFileRetention;
import io.orderwatch.node.log.NodeLogs;
import io.orderwatch.node.metrics.NodeMetrics;
import io.orderwatch.node.quartz.ClusteredScheduler;
import io.orderwatch.node.quartz.JobCatalogue;
import io.orderwatch.node.quartz.SchedulerSettings;
import io.orderwatch.node.shard.MemberInfo;
import io.orderwatch.node.shard.ShardListener;
import io.orderwatch.node.shard.ShardSettings;
import io.orderwatch.node.shard.Shards;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import javax.management.MBeanServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node: everything is made and joined here, in the order in which it starts, and closed in reverse. Making it opens no
 * connection; {@link #start} returns at once, and {@link Readiness} says how far it is.
 */
final class Node implements NodeProcess {

    private static final Logger LOG = LoggerFactory.getLogger(Node.class);
    private static final Duration CLEANUP_PAUSE = Duration.ofMillis(50);
    /** By then the former owner of a shard has most often written down what it gives back; its next tick comes later. */
    private static final Duration GIVEN_BACK_WITHIN = Duration.ofMillis(300);

    private final NodeConfig config;
    private final Ticker ticker = Ticker.system();
    private final InstantSource hostClock = InstantSource.system();
    private final ClusterClock clock;
    private final UserLog userLog = new UserLog();
    private final MBeanServer mbeans = ManagementFactory.getPlatformMBeanServer();

    private final NodeMetrics nodeMetrics;
    private final MetricRegistry metrics;
    private final HikariDataSource workPool;
    private final HikariDataSource leasePool;
    private final HikariDataSource leaderPool;
    private final HikariDataSource quartzPool;
    private final Shards shards;
    private final RedissonLocks locks;
    private final MerchantChannels channels;
    private final MerchantHealth health;
    private final Database work;
    private final ManualRetry manualRetry;
    private final RedisBreakers breakers;
    private final Delivery delivery;
    private final AlertChannels alertChannels;
    private final Alerting alerting;
    private final ClusteredScheduler scheduler;
    private final Readiness readiness;
    private @Nullable JmxServer jmx;
    private volatile @Nullable ManagedJobs managedJobs;
    private volatile @Nullable ManagedNotifications managedNotifications;
    private volatile @Nullable ManagedBreakers managedBreakers;

    Node(NodeConfig config, StateFile state, NodeLogs logs) {
        this.config = config;
        this.nodeMetrics = new NodeMetrics(mbeans);
        this.metrics = nodeMetrics.registry();
        DatabaseSettings mysql = new DatabaseSettings(
                config.mysql().url(),
                config.mysql().user(),
                config.mysql().password().value());
        this.workPool = DataSources.pool("work", mysql, config.mysql().poolSize(), Duration.ofSeconds(5));
        // a renewal neither queues behind work nor waits longer than the lease could bear
        Duration renewal = config.lease().renewEvery();
        this.leasePool = DataSources.pool("lease", mysql, 2, renewal, renewal);
        this.leaderPool = DataSources.pool("leader", mysql, 2, Duration.ofSeconds(2), Duration.ofSeconds(10));
        this.quartzPool = DataSources.pool("quartz", mysql, 6, Duration.ofSeconds(5), Duration.ofSeconds(15));
        Database database = new Database(workPool);
        // on the leader's pool, whose waits are short: a node whose database is busy still says how far it is
        this.clock = new ClusterClock(new Database(leaderPool), hostClock, ticker);

        KillPoints killPoints = ArmedKillPoints.of(System.getProperty(ArmedKillPoints.PROPERTY));
        this.shards = new Shards(
                new MemberInfo(config.node().id(), Hosts.name(), jmxAddress(), hostClock.instant()),
                shardSettings(),
                new Database(leasePool),
                new Database(leaderPool),
                ticker,
                killPoints);
        RedisSettings redisSettings =
                RedisSettings.of(config.redis().uri(), config.redis().password().value());
        this.locks = RedissonLocks.open(redisSettings, config.cluster().name(), metrics, ticker);
        this.channels = new MerchantChannels(new HttpChannel(channelSettings(), clock), config, clock);
        this.health = new MerchantHealth(database, config.node().id());
        this.work = database;
        this.manualRetry = new ManualRetry(database, channels.channels(), locks, deliverySettings(), clock, ticker);
        this.breakers = RedisBreakers.open(
                redisSettings,
                config.cluster().name(),
                config.node().id(),
                BreakerSettings.of(config.breaker(), config.delivery()),
                health::breakerChanged,
                metrics,
                clock,
                ticker);
        this.delivery = new Delivery(
                deliverySettings(),
                database,
                shards.ownership(),
                channels.channels(),
                locks,
                breakers,
                health,
                this::share,
                metrics,
                userLog,
                clock,
                ticker,
                killPoints);
        this.alertChannels = new AlertChannels(config.alerts().channels(config.mail(), config.sms()));
        this.alerting = new Alerting(
                database,
                config.node().id(),
                config.schema().shards(),
                config.alerts().settings(config.cluster().name()),
                alertChannels,
                metrics,
                ticker);
        delivery.addListener(alerting.tries());
        health.addListener(alerting.health());
        this.scheduler = new ClusteredScheduler(
                SchedulerSettings.of(config.node().id()),
                quartzPool,
                database,
                catalogue(database, logs),
                shards.ownership(),
                this::gone,
                shards::leads,
                metrics,
                killPoints);
        shards.addShardListener(new WakeOnGrant());
        logs.register(metrics);
        ClockWatch clocks = new ClockWatch(
                config.node().id(), config.clock().maxDifference(), new Database(leaderPool), clock, ticker);
        this.readiness = new Readiness(
                config, state, new SchemaCheck(config, workPool), shards, scheduler, locks, clocks, ticker);
    }

    private JobCatalogue catalogue(Database database, NodeLogs logs) {
        OrderSettings orders = new OrderSettings(
                config.scan().batch(),
                config.orders().paymentWindow(),
                config.orders().maxAttributesBytes());
        List<ShardJob> shardJobs = List.of(
                new OrderScanJob(database, orders, delivery, userLog, metrics),
                new StatusChangeJob(database, this::wakeAfterRelease, userLog, metrics),
                new ExpiryCancelJob(database, orders, () -> wake(OrderScanJob.NAME), userLog, metrics),
                new NotifyRetryJob(database, delivery));
        List<SingletonJob> singletons = List.of(
                new LogCleanupJob(database, retentionSettings(), metrics),
                new SetAsideJob(database),
                new GiveUpJob(
                        database,
                        config.node().id(),
                        config.schema().shards(),
                        config.breaker().giveUpAfter(),
                        metrics),
                alerting.job());
        List<NodeJob> nodeJobs =
                List.of(new LogFileRetention(logs.folder(), config.retention().logFiles(), hostClock));
        return new JobCatalogue(shardJobs, singletons, nodeJobs);
    }

    @Override
    public void start() throws InvalidConfigException {
        if (config.jmx().enabled()) {
            jmx = openJmx();
        }
        readiness.start(this::join, this::schedule);
    }

    private JmxServer openJmx() throws InvalidConfigException {
        try {
            return JmxServer.start(
                    new JmxServer.Settings(
                            config.jmx().host(),
                            config.jmx().port(),
                            config.jmx().passwordFile(),
                            config.jmx().accessFile()),
                    mbeans);
        } catch (IOException | IllegalArgumentException e) {
            LOG.debug("JMX cannot be opened", e);
            throw InvalidConfigException.of(e.getMessage() + ".");
        }
    }

    /** Called once the schema is found in order. */
    private void join() {
        health.start();
        alerting.start();
        breakers.start();
        delivery.start();
        shards.startWithout();
        managedNotifications = new ManagedNotifications(new OperatorDesk(work, clock), manualRetry, mbeans);
        managedBreakers = new ManagedBreakers(this::breakerReset, mbeans);
    }

    /** Called once this process holds its node id. */
    private void schedule() {
        scheduler.start();
        managedJobs = new ManagedJobs(scheduler.admin(), mbeans);
    }

    @Override
    public void drain() {
        readiness.drain();
    }

    @Override
    public void resume() {
        readiness.resume();
    }

    @Override
    public void stop(Duration within) {
        long end = ticker.nanos() + within.toNanos();
        try {
            readiness.stop();
            if (readiness.joined()) {
                boolean empty = shards.drain(bounded(end, config.lease().acknowledgeWithin()));
                LOG.info(empty ? "All shards are handed over" : "Shards are left to whoever takes them over");
                scheduler.drain(bounded(end, Duration.ofSeconds(10)));
                delivery.drain(bounded(end, config.delivery().totalDeadline().plusSeconds(2)));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            closeAll();
        }
    }

    private void closeAll() {
        closeInOrder(
                jmx,
                managedJobs,
                managedNotifications,
                managedBreakers,
                scheduler,
                delivery,
                channels,
                locks,
                breakers,
                health,
                alerting,
                alertChannels,
                shards,
                quartzPool,
                leaderPool,
                leasePool,
                workPool,
                nodeMetrics);
    }

    private Duration bounded(long end, Duration most) {
        Duration left = Duration.ofNanos(Math.max(0, end - ticker.nanos()));
        return left.compareTo(most) < 0 ? left : most;
    }

    /** @param parts null: was never opened */
    private static void closeInOrder(@Nullable AutoCloseable... parts) {
        for (AutoCloseable part : parts) {
            try {
                if (part != null) {
                    part.close();
                }
            } catch (Exception e) {
                LOG.warn("{} did not close in good order", part.getClass().getSimpleName(), e);
            }
        }
    }

    private boolean gone(String node) {
        // the living member of this id may be another process, whose running jobs are not ours to recover
        if (node.equals(config.node().id()) && !shards.joined()) {
            return true;
        }
        return shards.membership().connected() && !shards.membership().nodes().contains(node);
    }

    private BreakerReset breakerReset() {
        return new BreakerReset(
                RedisSettings.of(config.redis().uri(), config.redis().password().value()),
                config.cluster().name(),
                BreakerSettings.of(config.breaker(), config.delivery()),
                new Database(workPool));
    }

    /** The part of all shards that is ours. */
    private double share() {
        int all = config.schema().shards();
        long ours = IntStream.range(0, all)
                .filter(shard -> shards.ownership().epoch(shard).isPresent())
                .count();
        return (double) ours / all;
    }

    private void wakeAfterRelease() {
        wake(OrderScanJob.NAME);
        wake(NotifyRetryJob.NAME);
    }

    private void wake(String job) {
        scheduler.wake(job);
    }

    /** New shards are swept at once; what waits in memory for lost ones is forgotten. */
    private final class WakeOnGrant implements ShardListener {

        @Override
        public void gained(Set<Integer> gained) {
            wake(OrderScanJob.NAME);
            wake(StatusChangeJob.NAME);
            wake(ExpiryCancelJob.NAME);
            wake(NotifyRetryJob.NAME);
            // what was claimed in the last moment before the handover is given back after it
            scheduler.wakeIn(GIVEN_BACK_WITHIN, NotifyRetryJob.NAME);
        }

        @Override
        public void lost(Set<Integer> lost) {
            delivery.dropShards(lost);
        }
    }

    private ShardSettings shardSettings() {
        return new ShardSettings(
                config.cluster().name(),
                config.zookeeper().connect(),
                config.zookeeper().sessionTimeout(),
                config.zookeeper().connectionTimeout(),
                config.lease().duration(),
                config.lease().renewEvery(),
                config.lease().margin(),
                config.lease().acknowledgeWithin(),
                config.schema().shards());
    }

    private DeliverySettings deliverySettings() {
        DeliverySettings defaults = DeliverySettings.defaults();
        return new DeliverySettings(
                config.delivery().maxInFlight(),
                defaults.claimAhead(config.delivery().maxInFlight()),
                config.delivery().queue(),
                config.delivery().queuePerMerchant(),
                defaults.batchSize(),
                defaults.linger(),
                config.delivery().totalDeadline(),
                config.delivery().leaseMargin(),
                new Isolation(
                        config.delivery().firstInFlight(),
                        config.delivery().slowAfter(),
                        config.delivery().slowShare(),
                        config.breaker().holdBack()));
    }

    private HttpChannelSettings channelSettings() {
        HttpChannelSettings defaults = HttpChannelSettings.defaults(Orderwatch.version());
        return new HttpChannelSettings(
                config.delivery().maxInFlight(),
                config.delivery().connectTimeout(),
                config.delivery().totalDeadline(),
                config.delivery().maxAnswerBytes(),
                defaults.ioThreads(),
                defaults.userAgent(),
                AddressPolicy.internetAnd(config.delivery().allowedAddresses()));
    }

    private RetentionSettings retentionSettings() {
        NodeConfig.Retention retention = config.retention();
        return new RetentionSettings(
                Map.ofEntries(
                        Map.entry(RetainedTable.ORDER_STATUS_LOGS, retention.orderStatusLogs()),
                        Map.entry(RetainedTable.NOTIFICATION_ATTEMPTS, retention.notificationAttempts()),
                        Map.entry(RetainedTable.DELIVERED_NOTIFICATIONS, retention.notifications()),
                        Map.entry(RetainedTable.DEAD_NOTIFICATIONS, retention.deadNotifications()),
                        Map.entry(RetainedTable.STATUS_CHANGES, retention.statusChanges()),
                        Map.entry(RetainedTable.SHARD_EPOCHS, retention.shardEpochs()),
                        Map.entry(RetainedTable.AUDIT_LOG, retention.auditLog()),
                        Map.entry(RetainedTable.ALERTS, retention.alerts()),
                        Map.entry(RetainedTable.ALERT_NOTICES, retention.alerts()),
                        Map.entry(RetainedTable.DELIVERY_MINUTES, retention.deliveryMinutes()),
                        Map.entry(RetainedTable.JOB_RUNS, retention.jobRuns()),
                        Map.entry(RetainedTable.SET_ASIDE, retention.setAside()),
                        Map.entry(RetainedTable.BREAKER_CHANGES, retention.breakerChanges())),
                retention.batch(),
                CLEANUP_PAUSE);
    }

    private String jmxAddress() {
        return config.jmx().enabled() ? config.jmx().host() + ":" + config.jmx().port() : "";
    }
}

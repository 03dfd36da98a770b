package io.orderwatch.job.alert;

import com.codahale.metrics.MetricRegistry;
import io.orderwatch.dao.Database;
import io.orderwatch.dao.DatabaseUnavailableException;
import io.orderwatch.dao.alert.ConditionStore;
import io.orderwatch.dao.alert.Figures;
import io.orderwatch.dao.notification.BreakerChange;
import io.orderwatch.job.SingletonJob;
import io.orderwatch.job.Ticker;
import io.orderwatch.job.notification.HealthListener;
import io.orderwatch.job.notification.SpeedChange;
import io.orderwatch.job.notification.TryListener;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything of alerts on one node: counts what merchants answer, looks at a breaker that just opened, and sends what is
 * queued. Owns the thread {@code alerts} and at most one thread a channel, {@code alert-send-n}; nobody who delivers
 * notifications ever waits for them.
 */
public final class Alerting implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Alerting.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
    private static final Duration WRITE_EVERY = Duration.ofSeconds(5);
    private static final Duration END_OF_THREAD = Duration.ofSeconds(5);

    private final Database database;
    private final String node;
    private final List<AlertChannel> channels;
    private final AlertCheckJob check;
    private final @Nullable Rule urgent;
    private final AlertSender sender;
    private final DeliveryTally tally = new DeliveryTally();
    private final ConditionStore conditions = new ConditionStore();
    private final Ticker ticker;
    private final ThreadPoolExecutor pool;
    private final Set<String> sending = ConcurrentHashMap.newKeySet();
    private final Thread thread = new Thread(this::run, "alerts");
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean woken;
    private boolean stopped;
    private boolean started;
    private long writtenAt;

    /**
     * @param shards of the installation
     * @param channels stay the caller's to close, after this
     */
    public Alerting(
            Database database,
            String node,
            int shards,
            AlertSettings settings,
            AlertChannels channels,
            MetricRegistry metrics,
            Ticker ticker) {
        this.database = database;
        this.node = node;
        this.channels = channels.all();
        this.ticker = ticker;
        SecureRandom random = new SecureRandom();
        List<Rule> rules = rules(settings, shards);
        this.urgent = rules.stream()
                .filter(rule -> rule.name().equals(BreakerRule.NAME))
                .findFirst()
                .orElse(null);
        AlertTexts texts = new AlertTexts(settings.language(), settings.zone(), settings.cluster());
        this.check = new AlertCheckJob(database, rules, this.channels, texts, settings.repeat());
        this.sender = new AlertSender(database, settings.giveUpAfter(), metrics, random);
        AtomicInteger count = new AtomicInteger();
        this.pool = new ThreadPoolExecutor(
                0,
                Math.max(1, this.channels.size()),
                30,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                task -> new Thread(task, "alert-send-" + count.incrementAndGet()));
    }

    private static List<Rule> rules(AlertSettings settings, int shards) {
        List<Rule> rules = new ArrayList<>();
        if (settings.breakerOpened()) {
            rules.add(new BreakerRule());
        }
        if (settings.slowMerchant()) {
            rules.add(new SlowMerchantRule());
        }
        if (settings.queue() != null) {
            rules.add(new QueueRule(settings.queue(), shards));
        }
        if (settings.successRate() != null) {
            rules.add(RateRule.successRate(settings.successRate()));
        }
        if (settings.answerTime() != null) {
            rules.add(RateRule.answerTime(settings.answerTime()));
        }
        if (settings.errorRate() != null) {
            rules.add(RateRule.errorRate(settings.errorRate()));
        }
        if (settings.nodeLost() != null) {
            rules.add(new NodeLostRule(settings.nodeLost()));
        }
        return List.copyOf(rules);
    }

    /** Looks for incidents; for the whole cluster. */
    public SingletonJob job() {
        return check;
    }

    /** Is to be told of each try. */
    public TryListener tries() {
        return tally;
    }

    /** Is to be told how merchants do: people hear of a breaker at once, and not at the job's next tick. */
    public HealthListener health() {
        return new HealthListener() {
            @Override
            public void breakerChanged(BreakerChange change) {
                wake();
            }

            @Override
            public void speedChanged(SpeedChange change) {
                // once an hour is soon enough
            }
        };
    }

    /** Starts its thread; to be called once. */
    public void start() {
        started = true;
        thread.start();
    }

    private void wake() {
        lock.lock();
        try {
            woken = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        writtenAt = ticker.nanos();
        try {
            while (awaitNext()) {
                survive(this::lookAtBreakers);
                survive(this::writeFigures);
                survive(this::send);
            }
            survive(this::flush);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** False when it is to end. */
    private boolean awaitNext() throws InterruptedException {
        lock.lock();
        try {
            long left = LOOK_EVERY.toNanos();
            while (!woken && !stopped && left > 0) {
                left = changed.awaitNanos(left);
            }
            return !stopped;
        } finally {
            lock.unlock();
        }
    }

    /** What fails now is looked at again a second later. */
    private static void survive(Runnable step) {
        try {
            step.run();
        } catch (DatabaseUnavailableException e) {
            LOG.debug("Alerts wait for the database: {}", e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("A step of alerts failed", e);
        }
    }

    private void lookAtBreakers() {
        lock.lock();
        try {
            if (!woken) {
                return;
            }
            woken = false;
        } finally {
            lock.unlock();
        }
        if (urgent != null) {
            check.check(urgent);
        }
    }

    private void writeFigures() {
        long now = ticker.nanos();
        if (now - writtenAt >= WRITE_EVERY.toNanos()) {
            writtenAt = now;
            flush();
        }
    }

    /** Writes what was counted. */
    void flush() {
        Map<Long, Figures> counted = tally.take();
        try {
            database.run(tx -> conditions.add(tx, node, counted));
        } catch (RuntimeException e) {
            tally.giveBack(counted);
            throw e;
        }
    }

    /** A channel that hangs keeps its own thread busy, and nobody else. */
    private void send() {
        for (AlertChannel channel : channels) {
            if (sending.add(channel.name())) {
                try {
                    pool.execute(() -> drain(channel));
                } catch (RejectedExecutionException e) {
                    // the thread of its last round has not quite ended: the next second will do
                    sending.remove(channel.name());
                }
            }
        }
    }

    private void drain(AlertChannel channel) {
        try {
            sender.drain(channel);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (DatabaseUnavailableException e) {
            LOG.debug("Alerts wait for the database: {}", e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("Channel {} failed", channel.name(), e);
        } finally {
            sending.remove(channel.name());
        }
    }

    /** Ends its threads; what is not sent yet is sent by another node. */
    @Override
    public void close() {
        lock.lock();
        try {
            stopped = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        pool.shutdownNow();
        try {
            if (started) {
                thread.join(END_OF_THREAD.toMillis());
            }
            if (!pool.awaitTermination(END_OF_THREAD.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("A channel of alerts does not end; what it was sending is sent again by another node");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

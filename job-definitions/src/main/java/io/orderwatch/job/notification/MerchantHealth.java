package io.orderwatch.job.notification;

import io.orderwatch.dao.Database;
import io.orderwatch.dao.DatabaseUnavailableException;
import io.orderwatch.dao.Tx;
import io.orderwatch.dao.notification.BreakerChange;
import io.orderwatch.dao.notification.HealthStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes down how merchants do, and tells those who want to know. Whoever has something to tell never waits: it is
 * queued, and worked off by a thread of its own, {@code merchant-health}. Safe for use by many threads.
 */
public final class MerchantHealth implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(MerchantHealth.class);
    private static final int WAITING = 10_000;
    private static final Duration END_OF_THREAD = Duration.ofSeconds(5);

    private final Database database;
    private final String node;
    private final HealthStore store = new HealthStore();
    private final List<HealthListener> listeners = new CopyOnWriteArrayList<>();
    private final BlockingQueue<Runnable> waiting = new LinkedBlockingQueue<>(WAITING);
    private final Backoff backoff = new Backoff(RandomGenerator.getDefault());
    private final Thread thread = new Thread(this::run, "merchant-health");
    private volatile boolean stopped;

    /** @param node id of this node */
    public MerchantHealth(Database database, String node) {
        this.database = database;
        this.node = node;
    }

    /** Starts its thread; to be called once. */
    public void start() {
        queue(() -> write(tx -> {
            store.forgetSlow(tx, node);
            return true;
        }));
        thread.start();
    }

    /** Has the listener told of everything from now on. */
    public void addListener(HealthListener listener) {
        listeners.add(listener);
    }

    /** A breaker changed; other nodes may tell the same. */
    public void breakerChanged(BreakerChange change) {
        queue(() -> {
            if (write(tx -> store.changed(tx, change, node))) {
                LOG.warn(
                        "The breaker of endpoint {} of merchant {} went from {} to {}: {}",
                        change.endpointId(),
                        change.merchantId(),
                        change.from(),
                        change.to(),
                        change.reason());
                listeners.forEach(listener -> listener.breakerChanged(change));
            }
        });
    }

    /** A merchant became slow here, or is fast again. */
    void speedChanged(long merchantId, boolean slow, Duration average) {
        queue(() -> {
            boolean written = write(tx -> {
                if (slow) {
                    store.slow(tx, merchantId, node, average);
                } else {
                    store.fast(tx, merchantId, node);
                }
                return true;
            });
            if (written) {
                LOG.warn(
                        "Merchant {} is {}: its last answers took {} ms on average",
                        merchantId,
                        slow ? "slow, and goes to the slow lane" : "fast again",
                        average.toMillis());
                SpeedChange change = new SpeedChange(merchantId, slow, average, node);
                listeners.forEach(listener -> listener.speedChanged(change));
            }
        });
    }

    private void queue(Runnable event) {
        if (!waiting.offer(event)) {
            LOG.error("More than {} changes of merchants' health wait to be written; one is lost", WAITING);
        }
    }

    private boolean write(Function<Tx, Boolean> work) {
        while (!stopped) {
            try {
                return database.inTransaction(work);
            } catch (DatabaseUnavailableException e) {
                LOG.debug("How merchants do is not written yet: {}", e.getMessage());
                try {
                    Thread.sleep(backoff.next().toMillis());
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    return false;
                }
            }
        }
        return false;
    }

    private void run() {
        try {
            while (!stopped || !waiting.isEmpty()) {
                Runnable event = waiting.poll(1, TimeUnit.SECONDS);
                if (event != null) {
                    survive(event);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A listener's defect must not end the thread that all the others depend on. */
    private void survive(Runnable event) {
        try {
            event.run();
            backoff.reset();
        } catch (RuntimeException e) {
            LOG.error("A change of a merchant's health was not told to everybody", e);
        }
    }

    /** Ends its thread; what was not written yet is lost. */
    @Override
    public void close() {
        stopped = true;
        thread.interrupt();
        try {
            thread.join(END_OF_THREAD.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

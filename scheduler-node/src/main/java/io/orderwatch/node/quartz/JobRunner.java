package io.orderwatch.node.quartz;

import io.orderwatch.dao.DatabaseUnavailableException;
import io.orderwatch.job.KillPoints;
import io.orderwatch.job.KillPoints.Place;
import io.orderwatch.job.Ownership;
import io.orderwatch.job.ShardJob;
import io.orderwatch.job.Sweep;
import io.orderwatch.job.Tenure;
import io.orderwatch.job.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.quartz.JobKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one unit of work, once at a time in this node, whoever asks: Quartz by its schedule, an operator, or the node
 * itself when it knows that there is work. What a run throws is logged, counted, and ends there. Safe for use by many
 * threads.
 */
final class JobRunner {

    private static final Logger LOG = LoggerFactory.getLogger(JobRunner.class);
    private static final Duration REPEAT_LOG_AFTER = Duration.ofMinutes(1);

    /** Work that is handed in. */
    @FunctionalInterface
    interface Unit {

        /** Does what is due, looks at {@code stopped} between its steps, and returns how many things it dealt with. */
        int run(BooleanSupplier stopped);
    }

    private final JobKey key;
    private final Unit unit;
    private final RunBook book;
    private final Outage outage;
    private final InstantSource clock;
    private final Ticker ticker;
    private final BooleanSupplier closing;

    private final ReentrantLock turn = new ReentrantLock();
    private final AtomicBoolean wanted = new AtomicBoolean();
    private volatile boolean paused;

    // under turn
    private @Nullable String lastLogged;
    private long lastLoggedAt;
    private int unlogged;

    JobRunner(
            JobKey key,
            Unit unit,
            RunBook book,
            Outage outage,
            InstantSource clock,
            Ticker ticker,
            BooleanSupplier closing) {
        this.key = key;
        this.unit = unit;
        this.book = book;
        this.outage = outage;
        this.clock = clock;
        this.ticker = ticker;
        this.closing = closing;
    }

    /** Sweeps a node's shards batch by batch until they are drained, a new tenure for each batch. */
    static Unit sweeping(ShardJob job, Ownership ownership, KillPoints killPoints) {
        return stopped -> {
            int worked = 0;
            while (!stopped.getAsBoolean()) {
                try (Tenure tenure = ownership.begin()) {
                    if (tenure.leases().isEmpty() || !tenure.valid()) {
                        break;
                    }
                    killPoints.pass(Place.BETWEEN_RENEWAL_AND_WORK);
                    Sweep sweep = job.sweep(tenure);
                    worked += sweep.worked();
                    if (!sweep.more() || !tenure.valid()) {
                        break;
                    }
                }
            }
            return worked;
        };
    }

    JobKey key() {
        return key;
    }

    /** What the database last said; a run that was begun before it was paused stops between two steps. */
    void paused(boolean now) {
        paused = now;
    }

    boolean paused() {
        return paused;
    }

    /** Runs the unit; a run that goes on already is repeated by its own thread instead. */
    boolean fire() {
        want();
        return runIfWanted();
    }

    /** Asks for one more run, which {@link #runIfWanted()} then does. */
    void want() {
        wanted.set(true);
    }

    /**
     * Runs the unit until nobody wants it any more. When another thread is at it, that one sees to it.
     *
     * @return whether this thread ran it
     */
    boolean runIfWanted() {
        boolean ran = false;
        // who wants a run after the last look inside finds the turn taken and relies on the look outside
        while (wanted.get() && !closing.getAsBoolean() && turn.tryLock()) {
            try {
                while (wanted.getAndSet(false) && !closing.getAsBoolean()) {
                    run();
                    ran = true;
                }
            } finally {
                turn.unlock();
            }
        }
        return ran;
    }

    /** Waits until no run goes on; with {@code closing} set, none begins any more then. */
    boolean awaitIdle(Duration atMost) throws InterruptedException {
        if (!turn.tryLock(atMost.toNanos(), TimeUnit.NANOSECONDS)) {
            return false;
        }
        turn.unlock();
        return true;
    }

    private void run() {
        boolean whilePaused = paused;
        BooleanSupplier stopped = () -> closing.getAsBoolean() || paused && !whilePaused;
        Instant startedAt = clock.instant();
        long started = ticker.nanos();
        try {
            int worked = unit.run(stopped);
            book.enter(key.getGroup(), startedAt, since(started), worked, null);
            outage.worked(key.getGroup());
            lastLogged = null;
            unlogged = 0;
        } catch (Throwable t) {
            // not even an Error may reach Quartz: the next firing is the best that can be done about it
            Duration took = since(started);
            long failures = book.enter(key.getGroup(), startedAt, took, 0, describe(t));
            report(t, took, failures);
        }
    }

    private void report(Throwable t, Duration took, long failures) {
        if (t instanceof DatabaseUnavailableException) {
            outage.failed(key.getGroup(), t);
            return;
        }
        String what = describe(t);
        long now = ticker.nanos();
        if (what.equals(lastLogged) && now - lastLoggedAt < REPEAT_LOG_AFTER.toNanos()) {
            unlogged++;
            return;
        }
        String before = unlogged == 0 ? "" : "; it had failed " + unlogged + " times since this was logged last";
        LOG.error(
                "Job {} failed after {} ms, which is failure {} since the node started{}: {}",
                key.getGroup(),
                took.toMillis(),
                failures,
                before,
                what,
                t);
        lastLogged = what;
        lastLoggedAt = now;
        unlogged = 0;
    }

    private static String describe(Throwable t) {
        return t.getMessage() == null
                ? t.getClass().getSimpleName()
                : t.getClass().getSimpleName() + ": " + t.getMessage();
    }

    private Duration since(long started) {
        return Duration.ofNanos(ticker.nanos() - started);
    }
}

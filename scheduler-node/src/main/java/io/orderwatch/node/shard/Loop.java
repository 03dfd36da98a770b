package io.orderwatch.node.shard;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A thread that does one step after another, waits in between as long as the step says, and can be woken. */
final class Loop implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Loop.class);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);
    private static final Duration END = Duration.ofSeconds(5);

    private final Supplier<Duration> step;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition wakeUp = lock.newCondition();
    private boolean woken;
    private volatile boolean stopped;
    private String lastFailure = "";

    /** @param step returns how long to wait until the next one */
    Loop(String threadName, Supplier<Duration> step) {
        this.step = step;
        this.thread = new Thread(this::run, threadName);
        this.thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Makes the next step begin at once, or right after the present one. */
    void wake() {
        lock.lock();
        try {
            woken = true;
            wakeUp.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Ends the thread after its present step, which is interrupted when it takes too long. */
    @Override
    public void close() {
        stopped = true;
        wake();
        if (!thread.isAlive() || Thread.currentThread() == thread) {
            return;
        }
        try {
            thread.join(END.toMillis());
            if (thread.isAlive()) {
                thread.interrupt();
                thread.join(END.toMillis());
            }
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (!stopped) {
            forgetWakeUps();
            Duration pause = stepSafely();
            await(pause);
        }
    }

    private Duration stepSafely() {
        try {
            Duration pause = step.get();
            lastFailure = "";
            return pause;
        } catch (RuntimeException | Error e) {
            // also an Error: a node whose leader or lease thread is gone would hold its place and do nothing
            String failure = e.toString();
            if (!failure.equals(lastFailure) && !stopped) {
                LOG.error("{} failed and tries on each second: {}", thread.getName(), failure, e);
            }
            lastFailure = failure;
            return AFTER_FAILURE;
        }
    }

    private void forgetWakeUps() {
        lock.lock();
        try {
            woken = false;
        } finally {
            lock.unlock();
        }
    }

    private void await(Duration pause) {
        lock.lock();
        try {
            long left = pause.toNanos();
            while (!woken && !stopped && left > 0) {
                left = wakeUp.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            // only close() interrupts
            stopped = true;
        } finally {
            lock.unlock();
        }
    }
}

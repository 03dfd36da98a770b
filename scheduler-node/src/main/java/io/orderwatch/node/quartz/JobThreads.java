package io.orderwatch.node.quartz;

import io.orderwatch.job.Ticker;
import java.time.Duration;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.quartz.spi.ThreadPool;

/**
 * The threads that Quartz runs jobs on: as many as there are jobs, so that a long run keeps no other job waiting.
 * Unlike Quartz's own pool it can be waited for within bounds, the writing of a run's end included. Public because
 * Quartz calls two of its methods by reflection.
 */
public final class JobThreads implements ThreadPool {

    private static final Duration IDLE = Duration.ofSeconds(30);

    private final int size;
    private final ThreadPoolExecutor executor;
    private final Ticker ticker;

    // under this
    private int busy;
    private boolean shutdown;

    JobThreads(String node, int size, Ticker ticker) {
        this.size = size;
        this.ticker = ticker;
        AtomicInteger number = new AtomicInteger();
        this.executor = new ThreadPoolExecutor(
                // twice as many as jobs: a thread that has just ended its job is not free for the next one at once
                0, 2 * size, IDLE.toMillis(), TimeUnit.MILLISECONDS, new SynchronousQueue<>(), task -> {
                    Thread thread = new Thread(task, "job-" + node + "-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
    }

    @Override
    public boolean runInThread(Runnable job) {
        boolean here;
        synchronized (this) {
            busy++;
            here = shutdown;
        }
        if (here) {
            // a refusal would make Quartz set the job's triggers to ERROR; the job itself sees that the node stops
            counted(job);
        } else {
            executor.execute(() -> counted(job));
        }
        return true;
    }

    private void counted(Runnable job) {
        try {
            job.run();
        } finally {
            synchronized (this) {
                busy--;
                notifyAll();
            }
        }
    }

    @Override
    public synchronized int blockForAvailableThreads() {
        while (busy >= size && !shutdown) {
            try {
                wait(500);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return 0;
            }
        }
        return Math.max(0, size - busy);
    }

    /** Waits until no job runs and the end of each run is written. */
    synchronized boolean awaitIdle(Duration atMost) throws InterruptedException {
        long deadline = ticker.nanos() + atMost.toNanos();
        while (busy > 0) {
            long left = deadline - ticker.nanos();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, Math.max(left, 1_000_000));
        }
        return true;
    }

    @Override
    public void shutdown(boolean waitForJobsToComplete) {
        synchronized (this) {
            shutdown = true;
            notifyAll();
        }
        executor.shutdown();
    }

    /** Interrupts what still runs. */
    void interrupt() {
        executor.shutdownNow();
    }

    @Override
    public int getPoolSize() {
        return size;
    }

    @Override
    public void initialize() {
        // threads come when there is work
    }

    @Override
    public void setInstanceId(String id) {
        // the threads have their names already
    }

    @Override
    public void setInstanceName(String name) {
        // the threads have their names already
    }
}

package io.orderwatch.stack.demo;

import io.orderwatch.stack.cluster.Cluster;
import io.orderwatch.stack.generator.OrderBook;
import io.orderwatch.stack.generator.OrderBook.Progress;
import io.orderwatch.stack.merchant.Merchant;
import java.io.PrintStream;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** Shows a line a second while orders are written, and until merchants have heard of all that they have to hear. */
final class Watch {

    private static final Duration TICK = Duration.ofSeconds(1);
    private static final Duration WRITER_ENDS_WITHIN = Duration.ofSeconds(30);

    private final PrintStream out;
    private final OrderBook book;
    private final Merchant merchant;
    private final Census census;
    private final Cluster cluster;
    private final Duration patience;
    private List<String> dead = List.of();

    /** @param patience what is due and does not come within this time after the last that did is lost */
    Watch(PrintStream out, OrderBook book, Merchant merchant, Census census, Cluster cluster, Duration patience) {
        this.out = out;
        this.book = book;
        this.merchant = merchant;
        this.census = census;
        this.cluster = cluster;
        this.patience = patience;
    }

    enum End {
        COMPLETE,
        OUT_OF_PATIENCE,
        STOPPED
    }

    /**
     * @param writing runs in another thread, and ends soon after {@code stop}
     * @param stop ends the watch early when it reaches zero
     */
    End watch(FutureTask<Void> writing, CountDownLatch stop) throws SQLException, InterruptedException {
        long start = System.nanoTime();
        long lastNews = start;
        long lastTold = 0;
        for (long second = 1; !stop.await(untilNanos(start, second), TimeUnit.NANOSECONDS); second++) {
            Progress progress = book.progress();
            show(second, progress);
            if (progress.told() != lastTold || !writing.isDone()) {
                lastTold = progress.told();
                lastNews = System.nanoTime();
            }
            if (writing.isDone()) {
                rethrowFailure(writing);
                if (progress.told() >= progress.due() && book.tally().missing() == 0) {
                    return End.COMPLETE;
                }
                if (System.nanoTime() - lastNews > patience.toNanos()) {
                    return End.OUT_OF_PATIENCE;
                }
            }
        }
        awaitWriter(writing);
        return End.STOPPED;
    }

    private void show(long second, Progress progress) throws SQLException {
        out.println(String.format(
                Locale.ROOT,
                "%5d s  orders %,d  paid %,d  notified %,d  cancelled %,d  held %,d  retried %,d  p50 %,d ms  p99 %,d ms",
                second,
                progress.written(),
                progress.paid(),
                progress.told(),
                progress.cancelled(),
                census.held(book.usersOff()),
                merchant.stats().requests() - merchant.distinct(),
                book.paidToAnswered(0.5),
                book.paidToAnswered(0.99)));
        List<String> deadNow = cluster.dead();
        if (!deadNow.equals(dead)) {
            out.println(String.format("%5d s  not running: %s", second, String.join(", ", deadNow)));
            dead = deadNow;
        }
    }

    private static void awaitWriter(FutureTask<Void> writing) throws SQLException, InterruptedException {
        long deadline = System.nanoTime() + WRITER_ENDS_WITHIN.toNanos();
        while (!writing.isDone() && System.nanoTime() - deadline < 0) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        if (writing.isDone()) {
            rethrowFailure(writing);
        }
    }

    private static void rethrowFailure(FutureTask<Void> writing) throws SQLException, InterruptedException {
        try {
            writing.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof SQLException failure) {
                throw failure;
            }
            throw new DemoException("The generator failed: " + e.getCause(), e.getCause());
        }
    }

    private static long untilNanos(long start, long second) {
        return start + TICK.toNanos() * second - System.nanoTime();
    }
}

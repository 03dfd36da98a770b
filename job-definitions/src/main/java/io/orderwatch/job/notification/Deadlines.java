package io.orderwatch.job.notification;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Watches over messages on their way, for the channels whose libraries have no total deadline. Owns the thread
 * {@code notify-channels}, which does nothing that could block. Safe for use by many threads.
 */
public final class Deadlines implements AutoCloseable {

    private final ScheduledThreadPoolExecutor timer;

    public Deadlines() {
        this.timer = new ScheduledThreadPoolExecutor(1, task -> new Thread(task, "notify-channels"));
        this.timer.setRemoveOnCancelPolicy(true);
    }

    /** A message that is told {@link Reply.Failed} with a timeout unless something else comes of it in time. */
    public Pending start(Message message, Supplier<@Nullable String> lastLook, Consumer<Reply> then) {
        Pending pending = new Pending(message, lastLook, then);
        try {
            pending.watchedBy(timer.schedule(pending::expire, message.within().toMillis(), TimeUnit.MILLISECONDS));
        } catch (RejectedExecutionException e) {
            pending.finish(new Reply.Withheld("the channel is closed"));
        }
        return pending;
    }

    /** Runs something again and again that does not block. */
    public void every(Duration span, Runnable task) {
        timer.scheduleWithFixedDelay(task, span.toMillis(), span.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}

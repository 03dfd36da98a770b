package io.orderwatch.job.notification;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** Waits on a thread of its own, as those do that claim and that write. */
final class Waiter<T> {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final CompletableFuture<T> end;

    private Waiter(CompletableFuture<T> end) {
        this.end = end;
    }

    interface Wait<T> {

        T begin() throws InterruptedException;
    }

    /** Returns when it waits already; what it waits for should last for longer than any test. */
    static <T> Waiter<T> in(Wait<T> wait) {
        CompletableFuture<T> end = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                end.complete(wait.begin());
            } catch (Throwable e) {
                end.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        Awaitility.await().atMost(PATIENCE).until(() -> thread.getState() == Thread.State.TIMED_WAITING);
        return new Waiter<>(end);
    }

    /** What it came to; fails where nobody wakes it. */
    T result() throws Exception {
        return end.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }
}

package io.orderwatch.job.notification;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.time.Duration;
import org.awaitility.Awaitility;

/** Waits on a thread of its own, as those do that claim and that write. */
final class Waiter {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Thread thread;

    private Waiter(Thread thread) {
        this.thread = thread;
    }

    interface Wait {

        void begin() throws InterruptedException;
    }

    /** Returns when it waits already. */
    static Waiter in(Wait wait) {
        Thread thread = new Thread(() -> {
            try {
                wait.begin();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        thread.setDaemon(true);
        thread.start();
        Awaitility.await().atMost(PATIENCE).until(() -> thread.getState() == Thread.State.TIMED_WAITING);
        return new Waiter(thread);
    }

    /** Fails where nobody wakes it. */
    void awaitEnd() throws InterruptedException {
        thread.join(PATIENCE.toMillis());
        assertFalse(thread.isAlive(), "it waits still");
    }
}

package io.orderwatch.job.notification;

import java.time.Duration;

/** Is told what came of each try. Called on the threads that deliver: it must neither wait nor throw. */
@FunctionalInterface
public interface TryListener {

    /**
     * A try was made, and its result is written.
     *
     * @param accepted whether the merchant took the notification
     * @param answered whether it answered at all, be it with a refusal
     */
    void tried(long merchantId, boolean accepted, boolean answered, Duration took);
}

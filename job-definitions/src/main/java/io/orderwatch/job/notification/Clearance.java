package io.orderwatch.job.notification;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The right to send one claimed notification. Safe for use by many threads. */
interface Clearance {

    /** Asked right before a request is written: why it must not be; null when it may. */
    @Nullable String objection();

    /**
     * Asks anew whether the notification may be sent: a try that goes on to another endpoint may have begun before a
     * switch was turned off. Does not wait.
     *
     * @param then told once, on any thread, whether it may
     */
    void renew(Consumer<Boolean> then);
}

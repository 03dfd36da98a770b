package io.orderwatch.job.alert;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A channel did not take a message. Its message is one sentence for an operator, without address or secret. */
final class AlertNotSentException extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient @Nullable Duration retryAfter;

    AlertNotSentException(String why, @Nullable Throwable cause) {
        this(why, null, cause);
    }

    /** @param retryAfter what the service asked for; null: nothing */
    AlertNotSentException(String why, @Nullable Duration retryAfter, @Nullable Throwable cause) {
        super(why, cause);
        this.retryAfter = retryAfter;
    }

    @Nullable Duration retryAfter() {
        return retryAfter;
    }
}

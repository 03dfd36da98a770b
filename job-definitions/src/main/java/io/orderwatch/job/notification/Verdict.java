package io.orderwatch.job.notification;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a try came to.
 *
 * @param outcome its class
 * @param httpStatus null when no answer came, or it is of a channel without such a thing
 * @param detail one line for the operator, null when there is nothing to add
 * @param retryAfter how long the merchant asked us to wait; null: it did not ask
 * @param uncertain whether the merchant may have accepted it without us knowing, so that another try may be a duplicate
 */
record Verdict(
        Outcome outcome,
        @Nullable Integer httpStatus,
        @Nullable String detail,
        @Nullable Duration retryAfter,
        boolean uncertain) {

    private static final int SERVER_ERRORS = 500;

    boolean delivered() {
        return outcome == Outcome.DELIVERED;
    }

    /** Whether the endpoint certainly has not accepted it, and for reasons of its own: another one may do better. */
    boolean certainlyRefused() {
        return !uncertain
                && switch (outcome) {
                    case DNS, CONNECT, TLS, BLOCKED -> true;
                    case STATUS -> httpStatus == null || httpStatus >= SERVER_ERRORS;
                    default -> false;
                };
    }
}

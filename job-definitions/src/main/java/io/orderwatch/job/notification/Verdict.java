package io.orderwatch.job.notification;

import org.jspecify.annotations.Nullable;

/**
 * What a try came to.
 *
 * @param outcome its class
 * @param httpStatus null when no answer came
 * @param detail one line for the operator, null when there is nothing to add
 * @param uncertain whether the merchant may have accepted it without us knowing, so that another try may be a duplicate
 */
record Verdict(
        Outcome outcome,
        @Nullable Integer httpStatus,
        @Nullable String detail,
        boolean uncertain) {

    boolean delivered() {
        return outcome == Outcome.DELIVERED;
    }
}

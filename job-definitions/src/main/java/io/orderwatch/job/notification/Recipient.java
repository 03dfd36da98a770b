package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.Merchant;

/** A merchant as delivery sees it. */
sealed interface Recipient {

    /** How many requests it may get at a time. */
    int limit();

    /**
     * Can be called.
     *
     * @param route its endpoints
     * @param rule what it means by success
     */
    record Reachable(Merchant merchant, Route route, Acceptance rule, RetryPlan plan, int limit) implements Recipient {}

    /**
     * Cannot be called until somebody mends a row.
     *
     * @param reason a sentence
     */
    record Unreachable(String reason) implements Recipient {

        // they only pass through to be set aside
        private static final int LIMIT = 100;

        @Override
        public int limit() {
            return LIMIT;
        }
    }
}

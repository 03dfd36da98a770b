package io.orderwatch.job.alert;

/** A way to reach people. Safe for use by many threads. */
interface AlertChannel {

    /** As {@code alert_notices.channel} has it. */
    String name();

    /** Whether it is only for what is critical. */
    default boolean onlyCritical() {
        return false;
    }

    /**
     * Sends once and waits, within the channel's deadline.
     *
     * @return what the service said, for an operator who tries the channel out
     * @throws AlertNotSentException when it was not taken
     */
    String send(AlertMessage message) throws AlertNotSentException, InterruptedException;
}

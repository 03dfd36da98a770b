package io.orderwatch.dao.notification;

/** What the breaker of an endpoint lets through. */
public enum BreakerState {
    /** Everything. */
    CLOSED,
    /** Nothing, until its time is over. */
    OPEN,
    /** One probe, whose answer decides. */
    HALF_OPEN
}

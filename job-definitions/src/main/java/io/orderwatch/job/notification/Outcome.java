package io.orderwatch.job.notification;

/** The class of what came of a try, as {@code notification_attempts.outcome} names it. */
public enum Outcome {
    /** The merchant accepted it. */
    DELIVERED,
    /** An answer came, but not with a 2xx status; a redirect is one of these. */
    STATUS,
    /** A 2xx whose body was not the merchant's success word, or was too large. */
    BODY,
    /** No complete answer before the total deadline. */
    TIMEOUT,
    /** No connection: refused, unreachable, or not made in time. */
    CONNECT,
    /** A connection, but no TLS session that could be trusted. */
    TLS,
    /** The name has no address. */
    DNS,
    /** The connection broke before the answer was complete. */
    RESET,
    /** The address is one that must not be called. */
    BLOCKED;

    /** Whether the merchant said something, be it a refusal. */
    public boolean answered() {
        return this == DELIVERED || this == STATUS || this == BODY;
    }
}

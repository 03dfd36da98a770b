package io.orderwatch.dao.alert;

/** How much an incident matters. */
public enum Severity {
    /** Somebody has to look at once. */
    CRITICAL,
    /** Somebody has to look today. */
    WARNING
}

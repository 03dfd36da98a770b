package io.orderwatch.dao.alert;

/** What a notice says of its incident. */
public enum Stage {
    OPENED,
    /** It lasts. */
    REPEATED,
    /** It is over. */
    CLOSED
}

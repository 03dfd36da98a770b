package io.orderwatch.dao.notification;

/**
 * What waits to be sent.
 *
 * @param waiting READY and not held (or parked), whether due or not
 * @param due of those, the ones whose time has come
 * @param sending claimed at this moment
 */
public record Backlog(long waiting, long due, long sending) {}

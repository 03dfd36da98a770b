package io.orderwatch.dao.notification;

/**
 * Where a notification stands. READY moves to SENDING by a claim; SENDING moves to DELIVERED, DEAD or back to READY by
 * the result that carries the claim's token, or is claimed again when its lease is over; DEAD moves to SENDING by hand
 * alone.
 */
public enum NotificationState {
    READY,
    SENDING,
    DELIVERED,
    DEAD
}

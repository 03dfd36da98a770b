package io.orderwatch.job.notification;

import java.time.Duration;

/**
 * One try, ready to be sent.
 *
 * @param id what the merchant tells tries of the same notification by; never changes over tries
 * @param event name of the order state that it tells of
 * @param body JSON in UTF-8, not to be changed
 * @param within how long it may take from its start to the last byte of the answer
 */
public record Message(String id, String event, byte[] body, Duration within) {

    /** The public id of a notification. */
    static String id(long notificationId) {
        return "ow_" + notificationId;
    }
}

package io.orderwatch.job.notification;

/**
 * One try, ready to be sent.
 *
 * @param id what the merchant tells tries of the same notification by; never changes over tries
 * @param body JSON in UTF-8, not to be changed
 * @param target where to
 */
record Message(String id, byte[] body, Target target) {

    /** The public id of a notification. */
    static String id(long notificationId) {
        return "ow_" + notificationId;
    }
}

package io.orderwatch.job.notification;

import java.time.Duration;
import java.util.OptionalLong;

/**
 * One try, ready to be sent.
 *
 * @param id what the merchant tells tries of the same notification by; never changes over tries
 * @param event name of the order state that it tells of
 * @param body JSON in UTF-8, not to be changed
 * @param within how long it may take from its start to the last byte of the answer
 */
public record Message(String id, String event, byte[] body, Duration within) {

    private static final String PREFIX = "ow_";

    /** The public id of a notification. */
    static String id(long notificationId) {
        return PREFIX + notificationId;
    }

    /** The notification of a public id, or of its number alone; empty when it is neither. */
    static OptionalLong number(String publicId) {
        String digits = publicId.startsWith(PREFIX) ? publicId.substring(PREFIX.length()) : publicId;
        return digits.matches("\\d{1,18}") ? OptionalLong.of(Long.parseLong(digits)) : OptionalLong.empty();
    }
}

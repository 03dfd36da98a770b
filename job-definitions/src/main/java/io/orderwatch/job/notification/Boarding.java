package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.DueNotification;
import io.orderwatch.dao.notification.NewNotification;
import java.util.List;
import java.util.Map;

/**
 * Notifications that were written as claimed, on their way to be sent.
 *
 * @param epochs of their shards, that the claim was fenced with
 * @param readAt ticker reading before their switches were read
 * @param claimedAt ticker reading before they were written
 */
record Boarding(
        List<NewNotification> notifications, long token, Map<Integer, Long> epochs, long readAt, long claimedAt) {

    List<DueNotification> places() {
        return notifications.stream().map(NewNotification::due).toList();
    }
}

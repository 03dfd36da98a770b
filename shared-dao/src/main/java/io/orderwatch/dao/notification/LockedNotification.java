package io.orderwatch.dao.notification;

import io.orderwatch.dao.ColumnsInOrder;
import org.jspecify.annotations.Nullable;

@ColumnsInOrder
record LockedNotification(
        long id,
        long orderId,
        long userId,
        @Nullable Long groupId,
        @Nullable Long strategyId,
        long merchantId,
        int shard,
        String event,
        String body,
        NotificationState state,
        int attempts) {

    ClaimedNotification claimed() {
        return new ClaimedNotification(
                id, orderId, userId, merchantId, shard, event, body, attempts, state == NotificationState.SENDING);
    }
}

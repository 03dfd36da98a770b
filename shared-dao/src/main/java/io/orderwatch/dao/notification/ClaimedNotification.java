package io.orderwatch.dao.notification;

/**
 * A notification that is ours to send, until the lease of its row is over.
 *
 * @param attempts tries used up before this one
 * @param takenOver whether an earlier sender never told what came of its try: the merchant may have it already
 */
public record ClaimedNotification(
        long id,
        long orderId,
        long userId,
        long merchantId,
        int shard,
        String event,
        String body,
        int attempts,
        boolean takenOver) {}

package io.orderwatch.dao.notification;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A notification as an operator sees it.
 *
 * @param held 0 free, 1 a switch is off, 2 set aside
 * @param attempts tries used up
 * @param claimedBy until it is claimed the node that wrote it; empty: neither
 * @param leaseUntil tells something only of what is being sent
 * @param finishedAt null: neither delivered nor dead
 * @param lastOutcome of its last try; null: none was made, or its log row is past its retention
 * @param setAsideReason null: it is not set aside
 */
public record NotificationView(
        long id,
        long orderId,
        long userId,
        long merchantId,
        int shard,
        String event,
        NotificationState state,
        int held,
        int attempts,
        Instant nextAttemptAt,
        String claimedBy,
        Instant leaseUntil,
        @Nullable Instant finishedAt,
        @Nullable String lastOutcome,
        @Nullable String setAsideReason) {}

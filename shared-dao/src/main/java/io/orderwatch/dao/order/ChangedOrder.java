package io.orderwatch.dao.order;

import io.orderwatch.dao.ColumnsInOrder;
import java.math.BigDecimal;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An order whose status is not the one that Orderwatch last dealt with, locked for the transaction that reads it.
 *
 * @param status as somebody wrote it, which need not be a state at all
 * @param seenStatus null: the order is new to Orderwatch
 * @param attributes a JSON object as somebody wrote it; null: none, or longer than {@link OrderStore#lockChanged} was
 *     asked for
 * @param attributesBytes its whole length
 * @param noticedAt the database's clock when it was read
 */
@ColumnsInOrder
public record ChangedOrder(
        long id,
        String orderNo,
        long userId,
        @Nullable Long groupId,
        @Nullable Long strategyId,
        long merchantId,
        int shard,
        String status,
        @Nullable String seenStatus,
        BigDecimal amount,
        String currency,
        @Nullable String attributes,
        long attributesBytes,
        Instant createdAt,
        @Nullable Instant expiresAt,
        @Nullable Instant paidAt,
        @Nullable Instant completedAt,
        @Nullable Instant cancelledAt,
        @Nullable String cancelReason,
        Instant noticedAt) {

    /** The same order, with attributes that were left out. */
    public ChangedOrder with(String read) {
        return new ChangedOrder(
                id,
                orderNo,
                userId,
                groupId,
                strategyId,
                merchantId,
                shard,
                status,
                seenStatus,
                amount,
                currency,
                read,
                attributesBytes,
                createdAt,
                expiresAt,
                paidAt,
                completedAt,
                cancelledAt,
                cancelReason,
                noticedAt);
    }
}

package io.orderwatch.dao.notification;

import io.orderwatch.dao.Rows;
import io.orderwatch.dao.order.OrderState;
import org.jspecify.annotations.Nullable;

/**
 * What a merchant is to be told, as it is written in the transaction that logs the change.
 *
 * @param id see {@link #idOf}
 * @param shard of its user
 * @param body what the merchant gets, the same at each try
 */
public record NewNotification(
        long id,
        long orderId,
        long userId,
        @Nullable Long groupId,
        @Nullable Long strategyId,
        long merchantId,
        int shard,
        OrderState event,
        String body) {

    static final int EVENTS_PER_ORDER = 16;

    /** Of a larger one no id can be made. */
    public static final long LARGEST_ORDER_ID = Long.MAX_VALUE / EVENTS_PER_ORDER - 1;

    /** Adds the values that it brings with it. */
    Rows.Row write(Rows.Row row) {
        return row.number(id)
                .number(orderId)
                .number(userId)
                .number(groupId)
                .number(strategyId)
                .number(merchantId)
                .text(event)
                .text(body);
    }

    /** As one that waits to be claimed. */
    public DueNotification due() {
        return new DueNotification(id, merchantId, shard);
    }

    /** As one that was written claimed. */
    public ClaimedNotification claimed() {
        return new ClaimedNotification(id, orderId, userId, merchantId, shard, event.name(), body, 0, false);
    }

    /**
     * The id of an order's notification of an event. It is computed and not given out, so that there cannot be two of
     * one event, and so that who writes it knows it at once.
     */
    public static long idOf(long orderId, OrderState event) {
        return Math.addExact(Math.multiplyExact(orderId, EVENTS_PER_ORDER), event.number());
    }
}

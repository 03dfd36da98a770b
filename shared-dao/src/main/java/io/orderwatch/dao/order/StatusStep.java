package io.orderwatch.dao.order;

import org.jspecify.annotations.Nullable;

/**
 * A step of an order's life.
 *
 * @param from null: the order was new
 * @param derived whether it fell between two looks
 */
public record StatusStep(@Nullable OrderState from, OrderState to, boolean derived) {

    /** What of an order's row tells when it came to that state; SQL. */
    static String toldBy(OrderState to) {
        return switch (to) {
            case PENDING -> "o.created_at";
            case PAID -> "o.paid_at";
            case COMPLETED -> "o.completed_at";
            case CANCELLED -> "o.cancelled_at";
            case FAILED, REFUNDED -> "NULL";
        };
    }
}

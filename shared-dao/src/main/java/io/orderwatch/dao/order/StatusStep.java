package io.orderwatch.dao.order;

import io.orderwatch.dao.Rows;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A step of an order's life.
 *
 * @param shard of its user
 * @param from null: the order was new
 * @param derived whether it fell between two looks
 * @param occurredAt when it happened as far as the order tells, else when it was noticed
 */
public record StatusStep(
        long orderId,
        long userId,
        int shard,
        @Nullable OrderState from,
        OrderState to,
        boolean derived,
        Instant occurredAt) {

    void write(Rows.Row row) {
        row.number(orderId)
                .number(userId)
                .text(from == null ? null : from.name())
                .text(to)
                .number(derived ? 1 : 0)
                .moment(occurredAt);
    }
}

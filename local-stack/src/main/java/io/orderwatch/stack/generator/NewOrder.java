package io.orderwatch.stack.generator;

import java.time.LocalDateTime;
import org.jspecify.annotations.Nullable;

/**
 * A row for {@code orders}.
 *
 * @param withStrategy whether it is treated as the user's strategy says
 * @param expiresAt UTC; null: Orderwatch is to find out
 * @param paidAt UTC; null: not paid yet
 * @param completedAt UTC; null: not completed yet
 */
record NewOrder(
        long id,
        long user,
        int merchant,
        String status,
        boolean withStrategy,
        @Nullable LocalDateTime expiresAt,
        @Nullable LocalDateTime paidAt,
        @Nullable LocalDateTime completedAt) {}

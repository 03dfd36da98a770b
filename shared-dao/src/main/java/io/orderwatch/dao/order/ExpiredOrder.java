package io.orderwatch.dao.order;

import org.jspecify.annotations.Nullable;

/** An unpaid order past its expiry, locked for the transaction that reads it. */
public record ExpiredOrder(
        long id,
        String orderNo,
        long userId,
        @Nullable Long groupId,
        @Nullable Long strategyId,
        int shard) {}

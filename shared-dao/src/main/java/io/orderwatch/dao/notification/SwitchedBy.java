package io.orderwatch.dao.notification;

import org.jspecify.annotations.Nullable;

record SwitchedBy(
        long userId, @Nullable Long groupId, @Nullable Long strategyId, long merchantId) {}

package io.orderwatch.dao.notification;

import org.jspecify.annotations.Nullable;

record MerchantRow(
        long id,
        String name,
        int status,
        String events,
        @Nullable String successWord,
        String retryDelays) {}

package io.orderwatch.dao.notification;

import org.jspecify.annotations.Nullable;

/**
 * A merchant as an operator sees it.
 *
 * @param status 1: notified; anything else: paused
 * @param endpoints those that are on
 * @param state {@code normal}, {@code slow} or {@code open}
 * @param why since when and for what reason, where it is not normal
 */
public record MerchantState(
        long id,
        String name,
        int status,
        int endpoints,
        String state,
        @Nullable String why) {}

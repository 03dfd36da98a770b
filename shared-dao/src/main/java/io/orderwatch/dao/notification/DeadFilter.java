package io.orderwatch.dao.notification;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which of the notifications that were given up.
 *
 * @param merchantId null: of any merchant
 * @param from given up then or later; null: at any time
 * @param until given up before then; null: at any time
 */
public record DeadFilter(
        @Nullable Long merchantId,
        @Nullable Instant from,
        @Nullable Instant until) {}

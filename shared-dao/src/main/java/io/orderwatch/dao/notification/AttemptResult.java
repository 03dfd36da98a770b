package io.orderwatch.dao.notification;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What came of a claim, to be written under its token.
 *
 * @param attempt 1 for the first try
 * @param endpointId null: none was called
 * @param epoch under which it was claimed; 0: by hand
 * @param outcome {@code DELIVERED}, or the class of what went wrong, 16 characters at most
 * @param httpStatus null: there was no answer
 * @param detail null: nothing to add; longer texts are cut to 255 characters
 */
public record AttemptResult(
        long notificationId,
        long claimToken,
        int attempt,
        @Nullable Long endpointId,
        long epoch,
        Instant startedAt,
        Duration took,
        String outcome,
        @Nullable Integer httpStatus,
        @Nullable String detail,
        Next next) {}

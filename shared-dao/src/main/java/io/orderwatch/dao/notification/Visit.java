package io.orderwatch.dao.notification;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One endpoint that was called in a try.
 *
 * @param outcome {@code DELIVERED}, or the class of what went wrong, 16 characters at most
 * @param httpStatus null: there was no answer
 * @param detail null: nothing to add; longer texts are cut to 255 characters
 * @param doubt whether the merchant may hold the notification without our knowing
 */
public record Visit(
        long endpointId,
        Instant startedAt,
        Duration took,
        String outcome,
        @Nullable Integer httpStatus,
        @Nullable String detail,
        Doubt doubt) {

    /** What is unknown of a call. */
    public enum Doubt {
        /** Nothing. */
        NONE,
        /** Whether the merchant accepted it: the request was on its way, and no whole answer came. */
        UNHEARD,
        /** Whether an earlier sender had told the merchant before it died. */
        TAKEN_OVER
    }
}

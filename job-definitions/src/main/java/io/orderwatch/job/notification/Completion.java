package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.AttemptResult;
import io.orderwatch.dao.notification.ClaimedNotification;
import io.orderwatch.dao.notification.Next;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a claim came to, on its way to be written.
 *
 * @param locked whether its lock is ours to free
 * @param leaseEnds ticker reading after which writing it is of no use
 * @param setAside why it is set aside; null when it is not
 */
record Completion(
        ClaimedNotification notification,
        AttemptResult result,
        boolean locked,
        long leaseEnds,
        boolean uncertain,
        @Nullable String setAside) {

    private static final String NONE = "NONE";

    static Completion tried(Flight flight, Verdict verdict, Next next, Instant startedAt, Duration took) {
        AttemptResult result = new AttemptResult(
                flight.id(),
                flight.token(),
                flight.attempt(),
                flight.recipient().target().endpointId(),
                flight.epoch(),
                startedAt,
                took,
                verdict.outcome().name(),
                verdict.httpStatus(),
                verdict.detail(),
                next);
        return new Completion(flight.notification(), result, true, flight.leaseEnds(), verdict.uncertain(), null);
    }

    static Completion released(ClaimedNotification n, long token, boolean locked, long leaseEnds, Duration in) {
        return new Completion(n, untried(n, token, in), locked, leaseEnds, false, null);
    }

    static Completion setAside(ClaimedNotification n, long token, boolean locked, long leaseEnds, String reason) {
        return new Completion(n, untried(n, token, Duration.ZERO), locked, leaseEnds, false, reason);
    }

    private static AttemptResult untried(ClaimedNotification n, long token, Duration in) {
        return new AttemptResult(
                n.id(),
                token,
                n.attempts() + 1,
                null,
                0,
                Instant.EPOCH,
                Duration.ZERO,
                NONE,
                null,
                null,
                new Next.Release(in));
    }

    long id() {
        return notification.id();
    }
}

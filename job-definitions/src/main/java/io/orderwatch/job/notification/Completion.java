package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.AttemptResult;
import io.orderwatch.dao.notification.ClaimedNotification;
import io.orderwatch.dao.notification.Next;
import java.time.Duration;
import java.util.List;
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
        @Nullable String setAside) {

    static Completion tried(Flight flight, Sender.Result.Tried tried) {
        AttemptResult result = new AttemptResult(
                flight.id(), flight.token(), flight.attempt(), flight.epoch(), tried.visits(), tried.next());
        return new Completion(flight.notification(), result, true, flight.leaseEnds(), null);
    }

    static Completion released(ClaimedNotification n, long token, boolean locked, long leaseEnds, Duration in) {
        return new Completion(n, untried(n, token, new Next.Release(in)), locked, leaseEnds, null);
    }

    /** It waits in its merchant's own lane, so long at least. */
    static Completion parked(ClaimedNotification n, long token, boolean locked, long leaseEnds, Duration in) {
        return new Completion(n, untried(n, token, new Next.Park(in)), locked, leaseEnds, null);
    }

    static Completion setAside(ClaimedNotification n, long token, boolean locked, long leaseEnds, String reason) {
        return new Completion(n, untried(n, token, new Next.Release(Duration.ZERO)), locked, leaseEnds, reason);
    }

    private static AttemptResult untried(ClaimedNotification n, long token, Next next) {
        return new AttemptResult(n.id(), token, n.attempts() + 1, 0, List.of(), next);
    }

    long id() {
        return notification.id();
    }
}

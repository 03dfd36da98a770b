package io.orderwatch.dao.notification;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of a claim, to be written under its token.
 *
 * @param attempt 1 for the first try
 * @param epoch under which it was claimed; 0: by hand
 * @param visits the endpoints that were called, in order; empty when no try was made
 */
public record AttemptResult(
        long notificationId, long claimToken, int attempt, long epoch, List<Visit> visits, Next next) {

    /** The call that decided; null when no try was made. */
    public @Nullable Visit last() {
        return visits.isEmpty() ? null : visits.get(visits.size() - 1);
    }

    /** Whether the merchant may hold the notification without our knowing. */
    public boolean unheard() {
        return visits.stream().anyMatch(visit -> visit.doubt() == Visit.Doubt.UNHEARD);
    }
}

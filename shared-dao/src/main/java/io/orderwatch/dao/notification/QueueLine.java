package io.orderwatch.dao.notification;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What waits for one merchant in one of its lanes; what is being sent at this moment is not delivered yet, and counts.
 *
 * @param name null: there is no such merchant
 * @param lane {@code free}: found whenever it is due; {@code parked}: out of the others' way, since its merchant cannot be
 *     told now or has too much waiting
 * @param first those that were never tried
 * @param again those that were
 * @param due of both, those whose time has come
 * @param oldestAt when the oldest of them was created
 */
public record QueueLine(
        long merchantId, @Nullable String name, String lane, long first, long again, long due, Instant oldestAt) {

    /** All of them. */
    public long waiting() {
        return first + again;
    }
}

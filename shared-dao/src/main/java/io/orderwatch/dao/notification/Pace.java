package io.orderwatch.dao.notification;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * How much an endpoint may get.
 *
 * @param maxInFlight requests at a time, per node, as an operator wrote it
 * @param perSecond requests a second, of the whole cluster; null: no limit
 * @param burst of those so many at once; null: those of one second
 */
public record Pace(
        int maxInFlight,
        @Nullable BigDecimal perSecond,
        @Nullable Integer burst) {

    /** No more than so many at a time, as fast as they are answered. */
    public static Pace atATime(int maxInFlight) {
        return new Pace(maxInFlight, null, null);
    }
}

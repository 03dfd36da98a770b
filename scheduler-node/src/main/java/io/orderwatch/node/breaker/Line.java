package io.orderwatch.node.breaker;

import io.orderwatch.dao.notification.BreakerChange;
import io.orderwatch.dao.notification.BreakerState;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * An endpoint's breaker as a script tells it.
 *
 * @param epoch 0: Redis knows nothing of it
 * @param millis that it is still open or half open, or has been closed
 * @param granted whether the probe is the asking node's
 */
record Line(
        long endpointId,
        long merchantId,
        long epoch,
        BreakerState state,
        BreakerState from,
        long millis,
        boolean granted,
        String reason) {

    private static final Pattern BAR = Pattern.compile("\\|");

    static Line read(String text) {
        String[] part = BAR.split(text, 8);
        return new Line(
                Long.parseLong(part[0]),
                Long.parseLong(part[1]),
                Long.parseLong(part[2]),
                BreakerState.valueOf(part[3]),
                BreakerState.valueOf(part[4]),
                (long) Double.parseDouble(part[5]),
                part[6].equals("1"),
                part[7]);
    }

    View view(long now) {
        long nanos = Duration.ofMillis(millis).toNanos();
        return switch (state) {
            case CLOSED -> View.closed(merchantId, epoch, now - nanos);
            case OPEN -> View.open(merchantId, epoch, now + nanos);
            case HALF_OPEN -> View.halfOpen(merchantId, epoch, now + nanos, granted);
        };
    }

    BreakerChange change() {
        return new BreakerChange(merchantId, endpointId, from, state, reason, "", epoch);
    }
}

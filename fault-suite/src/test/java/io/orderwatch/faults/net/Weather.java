package io.orderwatch.faults.net;

import java.time.Duration;
import java.util.Set;

/**
 * How a link treats what goes over it.
 *
 * @param up false: connections are torn down, and new ones are refused
 * @param held nothing arrives this way until it is fair again, and nobody is told
 * @param delay of each piece, both ways
 * @param bytesPerSecond each way of each connection; {@link Integer#MAX_VALUE}: as fast as can be
 */
record Weather(boolean up, Set<Direction> held, Duration delay, int bytesPerSecond) {

    static final Weather FAIR = new Weather(true, Set.of(), Duration.ZERO, Integer.MAX_VALUE);

    static Weather cut() {
        return new Weather(false, Set.of(), Duration.ZERO, Integer.MAX_VALUE);
    }

    static Weather holding(Set<Direction> held) {
        return new Weather(true, Set.copyOf(held), Duration.ZERO, Integer.MAX_VALUE);
    }

    static Weather slow(Duration delay) {
        return new Weather(true, Set.of(), delay, Integer.MAX_VALUE);
    }

    static Weather narrow(int bytesPerSecond) {
        return new Weather(true, Set.of(), Duration.ZERO, bytesPerSecond);
    }

    boolean fair() {
        return equals(FAIR);
    }

    /** @return when a piece of so many bytes has arrived that the one before it did at the given time */
    long arrival(long nanos, long before, int bytes) {
        long transfer = bytesPerSecond == Integer.MAX_VALUE ? 0 : bytes * 1_000_000_000L / bytesPerSecond;
        return Math.max(nanos + delay.toNanos(), before) + transfer;
    }
}

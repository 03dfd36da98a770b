package io.orderwatch.job.notification;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** Growing waits while a server is away, with jitter so that the nodes do not come back all at once. For one thread. */
final class Backoff {

    private static final long FIRST_MILLIS = 50;
    private static final long MOST_MILLIS = 1_000;

    private final RandomGenerator random;
    private long next = FIRST_MILLIS;

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    /** The wait before the next try, between half and all of what it has grown to. */
    Duration next() {
        long wait = random.nextLong(next / 2, next + 1);
        next = Math.min(MOST_MILLIS, next * 2);
        return Duration.ofMillis(wait);
    }

    void reset() {
        next = FIRST_MILLIS;
    }
}

package io.orderwatch.job.notification;

import java.time.Duration;

/**
 * What keeps a merchant from harming the others.
 *
 * @param firstInFlight requests that a merchant may have under way before it ever answered; each answer allows one more,
 *     up to its own limit, and each that does not come in time halves them
 * @param slowAfter a merchant whose last hundred answers took longer on average is in the slow lane
 * @param slowShare percent of the node's requests at a time that all slow merchants share
 * @param breakerWait how long at least a notification waits that an open breaker holds back
 */
public record Isolation(int firstInFlight, Duration slowAfter, int slowShare, Duration breakerWait) {

    public Isolation {
        if (firstInFlight < 1 || slowShare < 1 || slowShare > 100) {
            throw new IllegalArgumentException("Each merchant, and the slow ones together, must be allowed something");
        }
        if (slowAfter.compareTo(Duration.ZERO) <= 0 || breakerWait.compareTo(Duration.ZERO) <= 0) {
            throw new IllegalArgumentException("The waits of isolation must be positive");
        }
    }

    /** The defaults of the product. */
    public static Isolation defaults() {
        return new Isolation(4, Duration.ofSeconds(3), 10, Duration.ofMinutes(1));
    }
}

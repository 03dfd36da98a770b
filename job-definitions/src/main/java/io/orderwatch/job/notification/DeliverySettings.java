package io.orderwatch.job.notification;

import java.time.Duration;

/**
 * How much a node delivers at a time.
 *
 * @param maxInFlight requests under way at a time, to all merchants together
 * @param claimAhead notifications that may be claimed beyond those, so that no socket waits for a transaction: they wait
 *     for a socket, or for their result to be written
 * @param queueLimit ids that wait in memory to be claimed; what does not fit stays in the table and is found there
 * @param merchantQueueLimit of those, at most so many of one merchant
 * @param batchSize rows in a transaction, of claims or of results
 * @param linger how long a small batch of claims or results waits for company while others are under way
 * @param deadline from the start of a try to the last byte of the answer; the channel's own must not be longer
 * @param leaseMargin how much longer than the deadline a claim lasts: waiting for a socket, and writing the result
 * @param isolation what keeps a merchant from harming the others
 */
public record DeliverySettings(
        int maxInFlight,
        int claimAhead,
        int queueLimit,
        int merchantQueueLimit,
        int batchSize,
        Duration linger,
        Duration deadline,
        Duration leaseMargin,
        Isolation isolation) {

    /** A second, less what passes between the last look and the first byte. */
    private static final Duration OBEY_SWITCHES_WITHIN = Duration.ofMillis(900);

    public DeliverySettings {
        if (maxInFlight < 1 || claimAhead < 0 || queueLimit < 1 || merchantQueueLimit < 1 || batchSize < 1) {
            throw new IllegalArgumentException("Delivery must be allowed at least one of each thing");
        }
        if (deadline.compareTo(Duration.ZERO) <= 0 || leaseMargin.compareTo(Duration.ZERO) <= 0) {
            throw new IllegalArgumentException("The deadline of a try and the margin of a claim must be positive");
        }
    }

    /** The defaults of the product. */
    public static DeliverySettings defaults() {
        return new DeliverySettings(
                2_000,
                800,
                20_000,
                2_000,
                500,
                Duration.ofMillis(5),
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                Isolation.defaults());
    }

    /**
     * How far to claim ahead with another number of requests under way. With few of these it is farther, so that as much
     * is claimed in all: in less room the scan's batches get small, and what they write unclaimed has to be claimed later.
     */
    public int claimAhead(int otherMaxInFlight) {
        return Math.max(claimAhead, maxClaimed() - otherMaxInFlight);
    }

    /** How long a claim lasts. */
    public Duration lease() {
        return deadline.plus(leaseMargin);
    }

    /**
     * How long after its claim a notification may still be sent: the rest of its lease is for the try and for its
     * record. What claims is the last to read the switches, so whatever is sent later might be sent more than a second
     * after its user was switched off.
     */
    Duration sendWithin() {
        Duration half = leaseMargin.dividedBy(2);
        return half.compareTo(OBEY_SWITCHES_WITHIN) < 0 ? half : OBEY_SWITCHES_WITHIN;
    }

    /** The switches are read anew before they get older than this, where a claim is not sent at once. */
    Duration readAgainAfter() {
        return sendWithin().dividedBy(2);
    }

    /** How long after its claim a notification may be sent whatever else, so that its try ends before its lease. */
    Duration startWithin() {
        return leaseMargin.dividedBy(2);
    }

    int maxClaimed() {
        return maxInFlight + claimAhead;
    }
}

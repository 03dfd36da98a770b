package io.orderwatch.dao.shard;

import java.time.Duration;
import java.time.Instant;

/**
 * A node's lease on all that it owns.
 *
 * @param incarnation differs each time the node joins
 * @param leaseUntil by the database's clock
 * @param denied whether the leader refuses further renewals
 * @param remaining until {@code leaseUntil} by the database's clock at the moment of reading; zero or less when over
 */
public record NodeLease(String node, long incarnation, Instant leaseUntil, boolean denied, Duration remaining) {

    /** Whether nothing of this incarnation can be at work under its lease any more. */
    public boolean over() {
        return remaining.isZero() || remaining.isNegative();
    }
}

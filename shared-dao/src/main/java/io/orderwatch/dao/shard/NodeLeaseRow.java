package io.orderwatch.dao.shard;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

record NodeLeaseRow(String node, long incarnation, Instant leaseUntil, boolean denied, long remainingMicros) {

    NodeLease lease() {
        return new NodeLease(node, incarnation, leaseUntil, denied, Duration.of(remainingMicros, ChronoUnit.MICROS));
    }
}

package io.orderwatch.node.shard;

import io.orderwatch.dao.shard.NodeLease;
import io.orderwatch.dao.shard.ShardOwner;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What the leader sees. ZooKeeper is read before MySQL, so that the lease of every member seen is there.
 *
 * @param nanos monotonic, taken after all was read
 * @param plan the last one in ZooKeeper
 * @param members by node
 * @param acks by node
 * @param owners of all shards, by number, as MySQL has them
 * @param leases by node
 * @param databaseAnswersFor how long MySQL has answered this process without a failure; zero when it does not
 */
record Observation(
        long nanos,
        Plan plan,
        Map<String, Member> members,
        Map<String, Ack> acks,
        List<ShardOwner> owners,
        Map<String, NodeLease> leases,
        Duration databaseAnswersFor) {

    /**
     * Whether a lease has been over for so long, while its node could have renewed it, that the node cannot be at work
     * or cannot reach MySQL. That a lease ran out while MySQL was away for all says nothing about its node.
     */
    static boolean lapsed(NodeLease lease, Duration databaseAnswersFor, Duration bound) {
        return lapse(lease, databaseAnswersFor).compareTo(bound) >= 0;
    }

    /** How long a lease has been over while its node could have renewed it; zero when it is not over. */
    static Duration lapse(NodeLease lease, Duration databaseAnswersFor) {
        Duration over = lease.over() ? lease.remaining().negated() : Duration.ZERO;
        return over.compareTo(databaseAnswersFor) < 0 ? over : databaseAnswersFor;
    }
}

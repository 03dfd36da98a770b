package io.orderwatch.node.shard;

import io.orderwatch.dao.shard.NodeLease;
import io.orderwatch.dao.shard.ShardOwner;
import java.util.List;
import java.util.Map;

/**
 * What the leader reads and writes in MySQL, which has the last word. Each call is a transaction of its own.
 *
 * @see io.orderwatch.dao.DatabaseUnavailableException which each call may throw
 */
interface Ledger {

    /** Counts a new leadership, and makes sure that each shard has its row. */
    long beginLeadership(long atLeast, int shards);

    Map<String, NodeLease> leases();

    /** By number of the shard. */
    List<ShardOwner> owners();

    /** Refuses that incarnation any further renewal. */
    void deny(Holder holder);

    /**
     * Grants what can be granted: the shard's epoch is as expected, no transaction is at work on it, and the one whose
     * lease has to be over has none.
     *
     * @return those that were granted
     */
    List<Grant> grant(List<Grant> grants, long leaderEpoch);
}

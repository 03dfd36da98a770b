package io.orderwatch.job;

import io.orderwatch.dao.shard.ShardLease;
import java.util.List;

/** A span of work on the shards that a node owns; see {@link Ownership#begin()}. For one thread. */
public interface Tenure extends AutoCloseable {

    /** Id of the node that works. */
    String node();

    /** The shards that were owned when the span began; empty when there were none or the lease had run out. */
    List<ShardLease> leases();

    /** Whether the node's lease still runs by the local monotonic clock; to be asked before anything is started. */
    boolean valid();

    /** Ends the span: the shards may be handed over. */
    @Override
    void close();
}

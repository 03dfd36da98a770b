package io.orderwatch.job;

import java.util.OptionalLong;

/** The shards that this node may work on at this moment. Safe for use by many threads. */
public interface Ownership {

    /** Id of this node. */
    String node();

    /**
     * Opens a span of work on all the shards that the node owns now. Until it is closed, none of them is handed over
     * to another node in good order, so keep it short: one batch, not a whole sweep.
     */
    Tenure begin();

    /**
     * Epoch under which this node owns the shard; empty when it does not, or when its lease ran out by the local
     * monotonic clock. The last look before a request is written to a socket.
     */
    OptionalLong epoch(int shard);
}

package io.orderwatch.node.shard;

import java.util.Set;

/**
 * Told when the shards of this node change, on the thread that acknowledges: answer within milliseconds, and leave
 * longer work to another thread. What it throws is logged.
 */
public interface ShardListener {

    /** These may be worked on from now on; the right moment for a first sweep. */
    void gained(Set<Integer> shards);

    /** Nothing more may be started for these; what waits for them in memory is to be dropped. */
    void lost(Set<Integer> shards);
}

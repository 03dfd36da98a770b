package io.orderwatch.node.shard;

import io.orderwatch.dao.shard.ShardLease;
import java.util.Set;

/**
 * What a node still holds, having dealt with the plan of that stamp. What is not listed any more stays let go: a node
 * never takes up an epoch again that it dropped.
 */
record Ack(Holder holder, Stamp stamp, Set<ShardLease> holds) {

    Ack {
        holds = Set.copyOf(holds);
    }
}

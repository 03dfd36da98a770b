package io.orderwatch.node.shard;

import java.time.Instant;

/**
 * A node as it presents itself in ZooKeeper, while its session lives.
 *
 * @param process tells the processes of one node id apart; unlike the incarnation it stays when a node joins anew
 * @param startedAt by the node's own clock; for people
 * @param uptake how many shards it wants
 */
record Member(
        String node, long incarnation, String process, String host, String jmx, Instant startedAt, Uptake uptake) {

    Holder holder() {
        return new Holder(node, incarnation);
    }
}

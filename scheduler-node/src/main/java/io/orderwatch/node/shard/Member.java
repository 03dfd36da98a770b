package io.orderwatch.node.shard;

import java.time.Instant;

/**
 * A node as it presents itself in ZooKeeper, while its session lives.
 *
 * @param process tells the processes of one node id apart; unlike the incarnation it stays when a node joins anew
 * @param startedAt by the node's own clock; for people
 * @param draining whether it wants to be rid of its shards
 */
record Member(
        String node, long incarnation, String process, String host, String jmx, Instant startedAt, boolean draining) {

    Holder holder() {
        return new Holder(node, incarnation);
    }
}

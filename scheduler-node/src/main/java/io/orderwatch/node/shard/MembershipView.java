package io.orderwatch.node.shard;

import java.util.Set;

/** Which nodes are alive, for those who have to decide what became of a node's work. Safe for use by many threads. */
public interface MembershipView {

    /**
     * Whether {@link #nodes()} is worth something. When false, nobody may be taken for dead: it is this node that cannot
     * see.
     */
    boolean connected();

    /**
     * Ids of the nodes that are alive, this one included once it has joined: those that the leader has not judged gone,
     * and those that are just coming. The same judgement moves the shards.
     */
    Set<String> nodes();
}

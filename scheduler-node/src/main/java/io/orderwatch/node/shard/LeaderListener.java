package io.orderwatch.node.shard;

import java.util.Set;

/** Called on the node that leads, and on no other. */
public interface LeaderListener {

    /**
     * Which nodes are alive now: told when this node begins to lead, after each change, and again every few seconds, so
     * that nothing depends on a single call. Comes on a thread of its own, one call at a time; may take its time. What
     * it throws is logged.
     */
    void liveNodes(Set<String> nodes);
}

package io.orderwatch.node.quartz;

/** The cluster's one failure detector, as far as Quartz needs it. Safe for use by many threads; answers at once. */
@FunctionalInterface
public interface NodeLiveness {

    /**
     * Whether the node is known to have left or died. False while that is not known, for instance when the membership
     * cannot be read: nothing is taken from a node then.
     *
     * @param node id of a node; asked about this node itself, true means that it does not take part at the moment
     */
    boolean gone(String node);
}

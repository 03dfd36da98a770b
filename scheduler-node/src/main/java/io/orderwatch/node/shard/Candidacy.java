package io.orderwatch.node.shard;

/** This node's part in the election of a leader: Curator's, or a simulation of it. */
interface Candidacy {

    /** Stands for election, if it does not yet. */
    void stand();

    /** Stands no more, and gives up a leadership. */
    void withdraw();

    /** Whether this node was elected and has heard nothing else since; only the board knows for certain. */
    boolean leads();
}

package io.orderwatch.faults.net;

/** Which way bytes go. */
public enum Direction {
    /** From the node to the server. */
    TO_SERVER,
    /** From the server to the node. */
    TO_NODE
}

package io.orderwatch.node.shard;

/** How many shards a node wants. */
public enum Uptake {

    /** None yet: it has just been started. What is still its own by the plan is taken from it. */
    NOT_YET,

    /** None any more: it drains, and what it has is taken from it. */
    NONE,

    /**
     * A few, while there are others to have the rest: a JVM that has just been started takes a second for what later
     * takes a hundredth of it, and had better learn with the orders of a few shards than with those of its whole share.
     */
    WARM_UP,

    /** Its share. */
    SHARE;

    boolean any() {
        return this == WARM_UP || this == SHARE;
    }
}

package io.orderwatch.node.shard;

/**
 * One life of a node. What was granted to an earlier incarnation is not for a later one, which cannot know what the
 * earlier one, perhaps only paused, is still about to do.
 */
record Holder(String node, long incarnation) {}

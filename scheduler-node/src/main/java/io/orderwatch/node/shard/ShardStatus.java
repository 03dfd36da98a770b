package io.orderwatch.node.shard;

/**
 * How this node stands in the cluster.
 *
 * @param connected to ZooKeeper
 * @param leased whether its lease in MySQL runs
 * @param ready whether it is a member that the leader's plan knows, with its lease running: it works, or would if it
 *     owned a shard
 * @param sentence what is missing, naming the address where a server is; or what it is doing when all is well
 */
public record ShardStatus(boolean connected, boolean leased, boolean ready, String sentence) {}

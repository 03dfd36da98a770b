/**
 * Who owns which shard: membership, leadership, the plan, and what this node may work on now. The only room that knows
 * ZooKeeper.
 *
 * <p>ZooKeeper notices and carries the plan; MySQL decides. A leader computes the plan from what it sees
 * ({@link io.orderwatch.node.shard.LeaderLogic}), writes each grant to MySQL by compare-and-set, and then the plan to
 * ZooKeeper. A node adopts what the plan grants to its present incarnation, works on it while its lease in MySQL runs
 * by its own monotonic clock, and acknowledges what it has let go of.
 */
@org.jspecify.annotations.NullMarked
package io.orderwatch.node.shard;

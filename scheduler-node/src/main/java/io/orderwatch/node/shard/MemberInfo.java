package io.orderwatch.node.shard;

import java.time.Instant;

/**
 * How this process presents itself to the cluster.
 *
 * @param node id of the node
 * @param host name or address of its machine, for people
 * @param jmx address for a JMX client; empty when it has none
 * @param startedAt when the process started
 */
public record MemberInfo(String node, String host, String jmx, Instant startedAt) {}

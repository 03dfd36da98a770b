package io.orderwatch.node.quartz;

import java.time.Duration;
import java.util.regex.Pattern;

/**
 * How a node takes part in the clustered scheduler.
 *
 * @param name name of the scheduler, the same on all nodes of a cluster
 * @param node id of this node; two nodes must never run under one id
 * @param forgetNodeAfter how long a node is gone before the leader removes its jobs; a restart should take less
 */
public record SchedulerSettings(String name, String node, Duration forgetNodeAfter) {

    private static final Pattern NODE = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,99}");

    /** @throws IllegalArgumentException when a name is none */
    public SchedulerSettings {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("'" + name + "' is no name of a scheduler");
        }
        if (!NODE.matcher(node).matches() || node.equals(ClusteredScheduler.CLUSTER)) {
            throw new IllegalArgumentException("'" + node + "' is no id of a node");
        }
    }

    /** The scheduler of the product, with the grace that a restart needs. */
    public static SchedulerSettings of(String node) {
        return new SchedulerSettings("orderwatch", node, Duration.ofSeconds(10));
    }
}

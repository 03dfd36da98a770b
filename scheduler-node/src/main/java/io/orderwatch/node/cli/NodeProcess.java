package io.orderwatch.node.cli;

import io.orderwatch.node.config.InvalidConfigException;
import io.orderwatch.node.config.NodeConfig;
import io.orderwatch.node.log.NodeLogs;
import java.time.Duration;

/** The node as the command line knows it. It tells the {@link StateFile} how far it is. */
public interface NodeProcess {

    /**
     * Starts everything and returns soon. What cannot be reached is tried again in the background, with the reason in
     * the state file.
     *
     * @throws InvalidConfigException when something that is set turns out to be unusable, and trying again would not help
     */
    void start() throws InvalidConfigException;

    /** Hands all shards over and stays up without any; returns at once. Does nothing when that was asked before. */
    void drain();

    /** Takes back {@link #drain()}; returns at once. */
    void resume();

    /**
     * Finishes what is in flight, hands the shards over, and closes everything. Called once, at the end, perhaps before
     * the node became ready.
     *
     * @param within after so long what is not finished is given up
     */
    void stop(Duration within);

    /** Makes a node, without starting anything. */
    @FunctionalInterface
    interface Factory {

        NodeProcess create(NodeConfig config, StateFile state, NodeLogs logs);
    }
}

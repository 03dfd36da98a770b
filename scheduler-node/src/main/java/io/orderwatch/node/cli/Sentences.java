package io.orderwatch.node.cli;

import java.time.Duration;
import java.util.Locale;
import java.util.SortedSet;
import java.util.stream.Collectors;

/** How things are said to people. */
final class Sentences {

    private Sentences() {}

    /** A node's state, in one line. */
    static String of(NodeState state) {
        return state.node()
                + switch (state.phase()) {
                    case STARTING -> " is starting (process " + state.pid() + ").";
                    case WAITING ->
                        " is up but not ready, and keeps trying: "
                                + (state.reasons().isEmpty()
                                        ? "it has not said why."
                                        : String.join(" ", state.reasons()));
                    case READY ->
                        " is ready. It works on " + shards(state.shards()) + ". Its logs are in " + state.logs() + "."
                                + (state.jmx().isEmpty() ? "" : " JMX listens on " + state.jmx() + ".")
                                + state.reasons().stream()
                                        .map(remark -> " " + remark)
                                        .collect(Collectors.joining());
                    case DRAINING -> " hands its shards over: " + shards(state.shards()) + " left.";
                    case DRAINED -> " is up, has handed its shards over, and takes none.";
                    case STOPPED -> " has stopped.";
                };
    }

    /** @param ahead of the database's clock; negative: behind */
    static String clock(String node, Duration ahead) {
        return String.format(
                Locale.ROOT,
                "The clock of %s is %.1f s %s the database's.",
                node,
                ahead.abs().toMillis() / 1000.0,
                ahead.isNegative() ? "behind" : "ahead of");
    }

    /** How many shards, and which. */
    static String shards(SortedSet<Integer> shards) {
        return switch (shards.size()) {
            case 0 -> "no shard";
            case 1 -> "shard " + shards.first();
            default -> shards.size() + " shards (" + NodeState.ranges(shards) + ")";
        };
    }
}

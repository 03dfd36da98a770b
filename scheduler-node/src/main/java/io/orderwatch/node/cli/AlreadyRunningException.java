package io.orderwatch.node.cli;

/** Another process already runs the node. */
final class AlreadyRunningException extends Exception {

    private static final long serialVersionUID = 1L;

    AlreadyRunningException(String node, String pid) {
        super(node + " is already running (process " + pid + ").");
    }
}

package io.orderwatch.node.shard;

/** ZooKeeper cannot be reached; the message is a sentence that names its address. */
public final class ClusterUnavailableException extends Exception {

    private static final long serialVersionUID = 1;

    ClusterUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }

    ClusterUnavailableException(String message) {
        super(message);
    }
}

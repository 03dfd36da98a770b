package io.orderwatch.node.shard;

import org.jspecify.annotations.Nullable;

/** ZooKeeper did not do what it was asked: it is away, or holds something that cannot be read. */
final class BoardException extends RuntimeException {

    BoardException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}

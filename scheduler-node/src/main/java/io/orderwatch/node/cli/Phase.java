package io.orderwatch.node.cli;

import java.util.Locale;

/** How far a node is. */
public enum Phase {
    /** It has just been started. */
    STARTING,
    /** It is up but not ready: something is missing, see the reasons; it keeps trying. */
    WAITING,
    /** It works. */
    READY,
    /** It hands its shards over, to stop or because it was told to. */
    DRAINING,
    /** It has handed its shards over and stays up without any. */
    DRAINED,
    /** It has ended in good order. */
    STOPPED;

    /** As it stands in the state file. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}

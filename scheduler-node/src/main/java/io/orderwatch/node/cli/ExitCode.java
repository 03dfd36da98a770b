package io.orderwatch.node.cli;

/** How commands end: the meanings of sysexits.h, where it has one. */
final class ExitCode {

    static final int OK = 0;
    /** What was asked for was tried and did not succeed. */
    static final int FAILED = 1;

    static final int USAGE = 64;
    /** What was named does not exist. */
    static final int NO_INPUT = 66;
    /** A server, or the node, cannot be reached or is not ready. */
    static final int UNAVAILABLE = 69;
    /** A mistake of the program. */
    static final int SOFTWARE = 70;
    /** A file or folder cannot be written. */
    static final int CANT_CREATE = 73;
    /** Somebody else is at it: try again later. */
    static final int TRY_LATER = 75;
    /** The configuration is wrong. */
    static final int CONFIG = 78;

    private ExitCode() {}
}

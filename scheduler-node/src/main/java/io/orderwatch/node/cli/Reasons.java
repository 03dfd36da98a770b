package io.orderwatch.node.cli;

import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;

/** Why a server cannot be reached, in words. */
final class Reasons {

    private Reasons() {}

    static String of(Throwable e) {
        if (e instanceof UnknownHostException) {
            return "nobody knows a host of that name.";
        }
        if (e instanceof SocketTimeoutException) {
            return "it does not answer in time.";
        }
        if (e instanceof ConnectException || e instanceof NoRouteToHostException) {
            return "the connection was refused (" + e.getMessage() + ").";
        }
        String message = e.getMessage();
        return (message == null ? e.toString() : message.strip().replaceFirst("\\.$", "")) + ".";
    }

    /** That of the cause at the bottom, where libraries wrap theirs several times. */
    static String innermost(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null && cause.getCause() != cause) {
            cause = cause.getCause();
        }
        return of(cause);
    }
}

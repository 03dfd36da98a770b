package io.orderwatch.job.gateway;

/** No complete answer came. Its message is one sentence for an operator, without address or secret. */
public final class GatewayException extends Exception {

    private static final long serialVersionUID = 1L;

    private final Why why;

    /** What went wrong. */
    public enum Why {
        /** No connection: refused, unreachable, no such name, or not in time. */
        CONNECT,
        /** A connection, but no TLS session that could be trusted. */
        TLS,
        /** No complete answer before the deadline. */
        TIMEOUT,
        /** The connection broke before the answer was complete. */
        RESET
    }

    public GatewayException(Why why, String message, Throwable cause) {
        super(message, cause);
        this.why = why;
    }

    public Why why() {
        return why;
    }

    /** Whether the request may have been acted on all the same. */
    public boolean written() {
        return why == Why.TIMEOUT || why == Why.RESET;
    }
}

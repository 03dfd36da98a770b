package io.orderwatch.job.mail;

/** The server did not take a message. Its message is one sentence for an operator, without a password. */
public final class MailException extends Exception {

    private static final long serialVersionUID = 1L;

    private final Why why;

    /** What went wrong. */
    public enum Why {
        /** No connection. */
        CONNECT,
        /** A connection, but no TLS session that could be trusted. */
        TLS,
        /** No answer in time. */
        TIMEOUT,
        /** The server refused the login, the sender, a recipient or the message. */
        REFUSED,
        /** The connection broke. */
        RESET
    }

    public MailException(Why why, String message, Throwable cause) {
        super(message, cause);
        this.why = why;
    }

    public Why why() {
        return why;
    }
}

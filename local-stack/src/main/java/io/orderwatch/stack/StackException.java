package io.orderwatch.stack;

/** A server cannot be started or does not answer; the message is one sentence that says which, where and why. */
public final class StackException extends RuntimeException {

    public StackException(String message) {
        super(message);
    }

    public StackException(String message, Throwable cause) {
        super(message, cause);
    }
}

package io.orderwatch.node.cli;

/** A server that a command needs cannot be reached; the message is a sentence with its address. */
final class ServerUnavailableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    ServerUnavailableException(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}

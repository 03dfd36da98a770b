package io.orderwatch.stack.demo;

/** The demo cannot go on; the message is one sentence for who started it. */
final class DemoException extends RuntimeException {

    DemoException(String message) {
        super(message);
    }

    DemoException(String message, Throwable cause) {
        super(message, cause);
    }
}

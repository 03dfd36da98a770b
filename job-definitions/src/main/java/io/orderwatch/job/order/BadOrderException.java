package io.orderwatch.job.order;

/** An order cannot be dealt with as it stands; the message is the reason that an operator reads. */
final class BadOrderException extends RuntimeException {

    BadOrderException(String reason) {
        // thrown for a row and caught for the same: nobody reads its stack
        super(reason, null, false, false);
    }
}

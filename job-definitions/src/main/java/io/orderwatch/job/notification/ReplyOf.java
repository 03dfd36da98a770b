package io.orderwatch.job.notification;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import javax.net.ssl.SSLException;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.MessageConstraintException;

/** Tells the failures of an exchange apart. Pure. */
final class ReplyOf {

    private ReplyOf() {}

    /** @param written whether the request had been handed to the socket */
    static Reply failure(Exception cause, boolean written) {
        if (cause instanceof CappedBody.TooLargeException tooLarge) {
            return tooLarge.answer();
        }
        if (cause instanceof HttpChannel.WithheldException) {
            return new Reply.Withheld(cause.getMessage());
        }
        return written ? afterWriting(cause) : beforeWriting(cause);
    }

    private static Reply beforeWriting(Exception cause) {
        if (cause instanceof BlockedAddressException) {
            return failed(Outcome.BLOCKED, cause, false);
        }
        if (cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException) {
            return failed(Outcome.DNS, cause, false);
        }
        if (cause instanceof SSLException) {
            return failed(Outcome.TLS, cause, false);
        }
        if (cause instanceof IOException && !(cause instanceof ConnectionRequestTimeoutException)) {
            return failed(Outcome.CONNECT, cause, false);
        }
        // no fault of the merchant's: the pool had no connection to give, or the client is shutting down
        return new Reply.Withheld(sentence(cause));
    }

    private static Reply afterWriting(Exception cause) {
        if (cause instanceof SSLException) {
            return failed(Outcome.TLS, cause, true);
        }
        if (cause instanceof SocketTimeoutException) {
            return failed(Outcome.TIMEOUT, cause, true);
        }
        if (cause instanceof HttpException || cause instanceof MessageConstraintException) {
            return new Reply.Failed(Outcome.STATUS, "The answer is not HTTP: " + sentence(cause), true);
        }
        return failed(Outcome.RESET, cause, true);
    }

    private static Reply.Failed failed(Outcome why, Exception cause, boolean written) {
        return new Reply.Failed(why, sentence(cause), written);
    }

    private static String sentence(Exception cause) {
        String message = cause.getMessage();
        return message == null || message.isBlank() ? cause.getClass().getSimpleName() : message;
    }
}

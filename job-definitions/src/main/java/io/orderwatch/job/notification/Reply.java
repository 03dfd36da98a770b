package io.orderwatch.job.notification;

import org.jspecify.annotations.Nullable;

/** What came back over a channel, before anybody judged it. */
public sealed interface Reply {

    /**
     * The merchant answered.
     *
     * @param status HTTP status
     * @param body as far as it was read; never longer than the channel's limit
     * @param tooLarge whether the body was cut off at the limit
     * @param retryAfter the header of that name as it came; null: there was none
     */
    record Answered(
            int status,
            byte[] body,
            boolean tooLarge,
            @Nullable String retryAfter) implements Reply {}

    /**
     * A broker, a mail server or a gateway took it in its charge, or the merchant acknowledged it: there is no answer that
     * a rule of success could be asked of.
     */
    record Accepted() implements Reply {}

    /**
     * It was taken by nobody, and whoever refused it said why.
     *
     * @param detail for the operator, one line
     */
    record Refused(String detail) implements Reply {}

    /**
     * No complete answer came.
     *
     * @param why {@link Outcome#TIMEOUT}, {@link Outcome#CONNECT} and the like
     * @param detail for the operator, one line
     * @param written whether the request may have reached the merchant
     */
    record Failed(Outcome why, String detail, boolean written) implements Reply {}

    /** The last look said no: nothing was written, and no try is used up. */
    record Withheld(String why) implements Reply {}
}

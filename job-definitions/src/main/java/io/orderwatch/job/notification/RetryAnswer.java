package io.orderwatch.job.notification;

import org.jspecify.annotations.Nullable;

/**
 * What a retry by hand came to, for one notification.
 *
 * @param notificationId null when there is none
 * @param sentence for the operator
 */
public record RetryAnswer(Kind kind, @Nullable Long notificationId, String sentence) {

    /** What happened, in one word. */
    public enum Kind {
        /** The merchant has it now. */
        DELIVERED,
        /** The merchant was called and did not accept it. */
        FAILED,
        /** The merchant had it before; nothing was sent. */
        ALREADY_DELIVERED,
        /** Somebody else is sending it at this moment; nothing was sent. */
        BEING_SENT,
        /** Its user, group, strategy or merchant is off; nothing was sent. */
        HELD,
        /** It is set aside; nothing was sent. */
        SET_ASIDE,
        /** The merchant cannot be called as its rows stand; nothing was sent, and nothing has changed. */
        UNREACHABLE,
        /** It was sent, and the result could not be written: the cluster will send it again. */
        NOT_RECORDED,
        /** The order has nothing that its merchant is to be told. */
        NO_NOTIFICATION,
        /** There is no such order. */
        UNKNOWN_ORDER
    }
}

package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.ClaimedNotification;

/**
 * A claimed notification on its way to its merchant.
 *
 * @param token proof of the claim
 * @param epoch under which its shard was owned when it was claimed
 * @param sendBefore ticker reading after which it is not sent any more
 * @param leaseEnds ticker reading after which somebody else may claim it
 */
record Flight(
        ClaimedNotification notification,
        Recipient.Reachable recipient,
        long token,
        long epoch,
        long sendBefore,
        long leaseEnds) {

    long id() {
        return notification.id();
    }

    long merchantId() {
        return notification.merchantId();
    }

    /** Number of the try that it is on, from 1. */
    int attempt() {
        return notification.attempts() + 1;
    }
}

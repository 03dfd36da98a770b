package io.orderwatch.node.breaker;

import io.orderwatch.dao.notification.BreakerState;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An endpoint's breaker as this node knows it.
 *
 * @param until ticker reading: open, or half open, until then; closed since then
 * @param permit the probe that is this node's to make, while it is half open; taken by whoever sends it
 */
record View(long merchantId, BreakerState state, long epoch, long until, AtomicBoolean permit) {

    static View closed(long merchantId, long epoch, long since) {
        return new View(merchantId, BreakerState.CLOSED, epoch, since, new AtomicBoolean());
    }

    static View open(long merchantId, long epoch, long until) {
        return new View(merchantId, BreakerState.OPEN, epoch, until, new AtomicBoolean());
    }

    /** Half open, and the probe is ours, or another node's. */
    static View halfOpen(long merchantId, long epoch, long until, boolean ours) {
        return new View(merchantId, BreakerState.HALF_OPEN, epoch, until, new AtomicBoolean(ours));
    }
}

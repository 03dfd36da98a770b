package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.DueNotification;
import java.util.ArrayDeque;
import java.util.Deque;

/** One merchant's share of delivery: what waits for it and what is under way. Guarded by the lock of {@link Lanes}. */
final class Lane {

    private static final int UNKNOWN = -1;

    final long merchantId;
    /** Ids that wait to be claimed. */
    final Deque<DueNotification> queue = new ArrayDeque<>();
    /** Claimed, and waiting for a socket. */
    final Deque<Flight> ready = new ArrayDeque<>();
    /** Handed to the dispatcher, whose claim is not through. */
    int claiming;
    /** On a socket. */
    int sending;
    /** Ids were refused since it was last down to the low-water mark. */
    boolean cutOff;
    /** Whether it is in the ring of the same name. */
    boolean inClaimable;

    boolean inSendable;

    private final long windowNanos;
    private int limit = UNKNOWN;
    private long windowEnds;
    private int answeredNow;
    private int answeredBefore;

    /** @param windowNanos answers of the last one to two windows tell how much may be claimed ahead */
    Lane(long merchantId, long windowNanos) {
        this.merchantId = merchantId;
        this.windowNanos = windowNanos;
    }

    boolean known() {
        return limit != UNKNOWN;
    }

    void limit(int requests) {
        limit = requests;
    }

    boolean maySend() {
        return !ready.isEmpty() && sending < limit;
    }

    /**
     * How many more may be claimed now: as many as have a request free, and as many ahead as were answered just now. So
     * a merchant that hangs has nothing claimed that could not be sent before its lease is over, and one that answers
     * fast never waits for a transaction.
     */
    int room(long now) {
        if (limit == UNKNOWN) {
            return 0;
        }
        roll(now);
        return limit + answeredNow + answeredBefore - sending - ready.size() - claiming;
    }

    void answered(long now) {
        roll(now);
        answeredNow++;
    }

    private void roll(long now) {
        if (now - windowEnds < 0) {
            return;
        }
        answeredBefore = now - windowEnds < windowNanos ? answeredNow : 0;
        answeredNow = 0;
        windowEnds = now + windowNanos;
    }

    boolean idle() {
        return queue.isEmpty() && ready.isEmpty() && claiming == 0 && sending == 0;
    }
}

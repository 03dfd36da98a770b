package io.orderwatch.job.notification;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * What was sent in the last one to two windows and is not answered yet: what an answer may come of soon. What has been on
 * its socket for longer is not counted, since it may hang. Guarded by the lock of {@link Lanes}.
 */
final class RecentSends {

    private final long windowNanos;
    private Set<Long> sentNow = new HashSet<>();
    private Set<Long> sentBefore = new HashSet<>();
    private long windowEnds;

    RecentSends(Duration window, long now) {
        this.windowNanos = window.toNanos();
        this.windowEnds = now + windowNanos;
    }

    void sent(long id, long now) {
        roll(now);
        sentNow.add(id);
    }

    /** Its request has ended, or was never made. */
    void ended(long id) {
        if (!sentNow.remove(id)) {
            sentBefore.remove(id);
        }
    }

    boolean any(long now) {
        roll(now);
        return !sentNow.isEmpty() || !sentBefore.isEmpty();
    }

    private void roll(long now) {
        if (now - windowEnds < 0) {
            return;
        }
        Set<Long> longAgo = sentBefore;
        longAgo.clear();
        if (now - windowEnds < windowNanos) {
            sentBefore = sentNow;
            sentNow = longAgo;
            windowEnds += windowNanos;
        } else {
            sentNow.clear();
            windowEnds = now + windowNanos;
        }
    }
}

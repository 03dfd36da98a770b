package io.orderwatch.job.notification;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Set;

/**
 * A cheap first line that keeps two senders from the same notification; the claim in the database decides. Never throws:
 * while the locks cannot be had, all are granted, and that is counted. Safe for use by many threads.
 */
public interface NotificationLocks {

    /**
     * Takes the locks that are free.
     *
     * @param token of the claim
     * @param lease after which a lock frees itself
     * @return ids whose lock is now ours
     */
    Set<Long> acquire(Collection<Long> ids, long token, Duration lease);

    /** Frees those of the locks that are still held under the claim token given for each. */
    void release(Map<Long, Long> tokens);
}

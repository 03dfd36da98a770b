package io.orderwatch.job.notification;

import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Locks in the heap of the test; without leases. */
final class MapLocks implements NotificationLocks {

    final Map<Long, Long> held = new ConcurrentHashMap<>();

    /** As when the locks' server is away. */
    static NotificationLocks away() {
        return new NotificationLocks() {
            @Override
            public Set<Long> acquire(Collection<Long> ids, long token, Duration lease) {
                return new HashSet<>(ids);
            }

            @Override
            public void release(Map<Long, Long> tokens) {
                // nothing was taken
            }
        };
    }

    @Override
    public Set<Long> acquire(Collection<Long> ids, long token, Duration lease) {
        Set<Long> ours = new HashSet<>();
        for (Long id : ids) {
            if (held.putIfAbsent(id, token) == null) {
                ours.add(id);
            }
        }
        return ours;
    }

    @Override
    public void release(Map<Long, Long> tokens) {
        tokens.forEach(held::remove);
    }
}

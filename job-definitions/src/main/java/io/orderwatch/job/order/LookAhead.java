package io.orderwatch.job.order;

import io.orderwatch.dao.shard.ShardLease;
import java.util.List;
import java.util.Set;

/**
 * Changed orders that one look found, for the batches that follow it. The index that is looked into still has an entry
 * of each order that was dealt with until the server has cleaned up, and a look steps over all of these: with a backlog
 * one look a batch costs more than the batch's own statements. What waits here is looked at anew when it is locked. For
 * one thread.
 */
final class LookAhead {

    /** So few that what a look left out waits a moment at most. */
    private static final int BATCHES = 4;

    private Set<ShardLease> leases = Set.of();
    private List<Long> ids = List.of();

    /** How many orders to look for, where there are more than a batch takes. */
    static int rows(int batch) {
        return BATCHES * batch;
    }

    /** Keeps what a look found in the shards of these leases. By id: neighbours in a batch are neighbours in the tables. */
    void found(List<ShardLease> looked, List<Long> changed) {
        leases = Set.copyOf(looked);
        ids = changed.stream().sorted().toList();
    }

    /** Forgets what was found under other leases: the locks would only be in the way of the new owner. */
    void keepOnly(List<ShardLease> now) {
        if (!ids.isEmpty() && !leases.equals(Set.copyOf(now))) {
            ids = List.of();
        }
    }

    /** The next orders to deal with, which do not wait here any more; empty: it is time to look. */
    List<Long> next(int most) {
        List<Long> next = ids.subList(0, Math.min(most, ids.size()));
        ids = ids.subList(next.size(), ids.size());
        return next;
    }

    boolean isEmpty() {
        return ids.isEmpty();
    }
}

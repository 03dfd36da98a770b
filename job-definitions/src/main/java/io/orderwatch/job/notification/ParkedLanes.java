package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.NotificationStore;
import io.orderwatch.dao.notification.ParkedLane;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which merchants have notifications parked, in which shards, as far as this node has seen: what it parks itself it knows
 * at once, and the rest it finds by walking along the lanes of each shard, a step at a time. For one thread.
 */
final class ParkedLanes {

    /** By merchant, those looked at longest ago first. */
    private final Map<Long, Set<Integer>> shards = new LinkedHashMap<>();

    private final Map<Integer, Long> reached = new HashMap<>();

    /** Forgets what was known of other shards: they are somebody else's now. */
    void keep(Collection<Integer> ours) {
        Set<Integer> kept = Set.copyOf(ours);
        reached.keySet().retainAll(kept);
        shards.values().forEach(some -> some.retainAll(kept));
    }

    /** Where the walk goes on, in the shards that are ours. */
    Map<Integer, Long> walk(Collection<Integer> ours) {
        Map<Integer, Long> after = new HashMap<>();
        ours.forEach(shard -> after.put(shard, reached.computeIfAbsent(shard, any -> NotificationStore.FIRST_LANE)));
        return after;
    }

    /**
     * What a step of the walk found. Shards in which it found nothing more go on with the other half of the lanes, and
     * in the end begin anew.
     */
    void found(Map<Integer, Long> after, List<ParkedLane> lanes) {
        Map<Integer, Long> next = new HashMap<>();
        after.forEach((shard, lane) -> next.put(shard, lane < 0 ? 0 : NotificationStore.FIRST_LANE));
        for (ParkedLane lane : lanes) {
            parked(lane.merchantId(), lane.shard());
            next.put(lane.shard(), lane.lane());
        }
        reached.putAll(next);
    }

    /** Of the shards of a step, those whose lanes are not walked to their end. */
    List<Integer> under(Map<Integer, Long> after) {
        return after.keySet().stream()
                .filter(shard -> reached.get(shard) != NotificationStore.FIRST_LANE)
                .toList();
    }

    void parked(long merchantId, int shard) {
        shards.computeIfAbsent(merchantId, any -> new HashSet<>()).add(shard);
    }

    /** Nothing was due there any more: if something is parked that is due later, the walk comes by again. */
    void empty(long merchantId, int shard) {
        Set<Integer> some = shards.get(merchantId);
        if (some != null) {
            some.remove(shard);
            if (some.isEmpty()) {
                shards.remove(merchantId);
            }
        }
    }

    /** Some of the merchants, each in turn. */
    List<Long> some(int most) {
        List<Long> some = shards.keySet().stream().limit(most).toList();
        if (some.size() < shards.size()) {
            for (Long merchantId : some) {
                shards.put(merchantId, shards.remove(merchantId));
            }
        }
        return some;
    }

    Set<Integer> shardsOf(long merchantId) {
        return shards.getOrDefault(merchantId, Set.of());
    }
}

package io.orderwatch.node.quartz;

import io.orderwatch.job.Ticker;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Tells a node that is gone from one that the membership does not show yet: a node that has just started checks in as
 * soon as it sees itself, and others see it a moment later. What they find is compared by this node's own clock, and
 * only for a bound, so the membership still decides. For the thread that checks in.
 */
final class CheckIns {

    /** Two check-ins; a node that died has been silent for longer when its session is over. */
    private static final Duration SILENT = Duration.ofSeconds(2);
    /** No membership is that late: the node is cut off from ZooKeeper, and has lost its shards. */
    private static final Duration BOUND = Duration.ofSeconds(4);

    private final Ticker ticker;
    private final Map<String, Seen> seen = new HashMap<>();

    private record Seen(long checkIn, long since, long doubtedSince) {}

    CheckIns(Ticker ticker) {
        this.ticker = ticker;
    }

    /**
     * @param checkIn what the node's row says about its last one, by that node's clock; only compared with itself
     * @param gone what the membership says
     * @return whether the node has failed
     */
    boolean failed(String node, long checkIn, boolean gone) {
        long now = ticker.nanos();
        Seen before = seen.get(node);
        boolean same = before != null && before.checkIn == checkIn;
        Seen after = new Seen(checkIn, same ? before.since : now, gone && before != null ? before.doubtedSince : now);
        seen.put(node, after);
        return gone && (now - after.since >= SILENT.toNanos() || now - after.doubtedSince >= BOUND.toNanos());
    }

    /** Forgets those that have no row any more. */
    void retain(Set<String> nodes) {
        seen.keySet().retainAll(nodes);
    }
}

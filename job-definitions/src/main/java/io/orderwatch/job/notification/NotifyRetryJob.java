package io.orderwatch.job.notification;

import io.orderwatch.dao.Database;
import io.orderwatch.dao.notification.DueNotification;
import io.orderwatch.dao.notification.NotificationStore;
import io.orderwatch.dao.shard.ShardLease;
import io.orderwatch.job.ShardJob;
import io.orderwatch.job.Sweep;
import io.orderwatch.job.Tenure;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds notifications that are due again, and those whose sender died, and hands them to {@link Delivery}, which claims
 * them. A backlog is taken in portions: the next one is looked for when the queues are down to a quarter, so that few ids
 * are read twice, and merchants whose queue is full are left out. Swept by one thread at a time.
 */
public final class NotifyRetryJob implements ShardJob {

    public static final String NAME = "notify-retry";

    /** Long enough for a quick merchant's queue to run low, short enough for a shard that is asked for elsewhere. */
    private static final Duration WAIT_FOR_ROOM = Duration.ofMillis(200);

    private static final int SPARE_PER_SHARD = 16;
    private static final int LOW_WATER = 4;
    /** So that what falls due meanwhile, for merchants whose queue is empty, is found within a second or so. */
    private static final int MOST_WAITS = 5;

    private static final int PROGRESS = 100;
    private static final int NEVER = Integer.MAX_VALUE;
    private static final Sweep MORE = new Sweep(0, true);

    private final Database database;
    private final Delivery delivery;
    private final NotificationStore notifications = new NotificationStore();
    /** After a portion of a backlog: so short the queues have to be before the next look-up pays. */
    private int refillAt = NEVER;

    private int waits;

    public NotifyRetryJob(Database database, Delivery delivery) {
        this.database = database;
        this.delivery = delivery;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Sweep sweep(Tenure tenure) {
        List<Integer> shards = tenure.leases().stream().map(ShardLease::shard).toList();
        if (shards.isEmpty() || !tenure.valid()) {
            return Sweep.IDLE;
        }
        Lanes lanes = delivery.lanes();
        if (refillAt < lanes.queued() && waits++ < MOST_WAITS && awaitRoom(lanes)) {
            return MORE;
        }
        waits = 0;
        int room = lanes.room();
        if (room == 0) {
            return Sweep.IDLE;
        }
        // what is queued is still due and comes first again, so the look-up has to reach beyond it, in each shard
        int portion = Math.min(room, lanes.portion()) / shards.size() + SPARE_PER_SHARD;
        Map<Integer, Integer> queued = lanes.queuedByShard();
        Map<Integer, Integer> limits = new HashMap<>();
        shards.forEach(shard -> limits.put(shard, portion + queued.getOrDefault(shard, 0)));
        List<Long> cutOff = lanes.cutOff();
        List<DueNotification> due = database.inTransaction(tx -> notifications.due(tx, limits, cutOff));
        Lanes.Offered offered = lanes.offer(due);
        boolean backlog = offered.refused() > 0 || reachesALimit(due, limits);
        refillAt = backlog ? lanes.queued() / LOW_WATER : NEVER;
        return new Sweep(offered.accepted(), backlog && offered.accepted() > 0);
    }

    /** Waits for the queues to run low; false where they hardly move, and others may have something due meanwhile. */
    private boolean awaitRoom(Lanes lanes) {
        try {
            int before = lanes.queued();
            boolean low = lanes.awaitRoom(refillAt, WAIT_FOR_ROOM);
            if (low) {
                refillAt = NEVER;
                return true;
            }
            return before - lanes.queued() > before / PROGRESS;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static boolean reachesALimit(List<DueNotification> due, Map<Integer, Integer> limits) {
        Map<Integer, Integer> counts = new HashMap<>();
        due.forEach(one -> counts.merge(one.shard(), 1, Integer::sum));
        return counts.entrySet().stream().anyMatch(each -> each.getValue() >= limits.get(each.getKey()));
    }
}

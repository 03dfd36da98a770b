package io.orderwatch.job.notification;

import io.orderwatch.dao.Database;
import io.orderwatch.dao.Tx;
import io.orderwatch.dao.notification.DueNotification;
import io.orderwatch.dao.notification.NotificationStore;
import io.orderwatch.dao.notification.ParkedLane;
import io.orderwatch.dao.shard.ShardLease;
import io.orderwatch.dao.shard.ShardStore;
import io.orderwatch.job.ShardJob;
import io.orderwatch.job.Sweep;
import io.orderwatch.job.Tenure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Finds notifications that are due again, and those whose sender died, and hands them to {@link Delivery}, which claims
 * them. A backlog is taken in portions: the next one is looked for when the queues are down to a quarter, so that few ids
 * are read twice. Swept by one thread at a time.
 *
 * <p>What is due of a merchant whose queue is full, or who must not be called now, is <em>parked</em>: it leaves the part
 * of the index that is looked through for everybody and waits in a lane of its merchant's own, so that the others never
 * have to read past it. From there it is fetched when its merchant has room again.
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
    /** Of the pauses while all that a look-up finds is being claimed; each is twice as long as the last. */
    private static final Duration FIRST_PAUSE = Duration.ofMillis(10);

    private static final int NEVER = Integer.MAX_VALUE;
    private static final Sweep MORE = new Sweep(0, true);
    /** Steps of the walk along the lanes of each shard, and merchants whose rows are looked at, in one sweep. */
    private static final int STEPS = 8;

    private static final int MERCHANTS = 500;
    /**
     * Of the sweeps that follow each other at once, one in so many looks for lanes that are not known yet: those that
     * another node parked, or that were written parked. They wait a little longer where there is a backlog anyway.
     */
    private static final int SWEEPS_PER_WALK = 5;

    /** Rows parked in one transaction. */
    private static final int PARKED_AT_A_TIME = 50;
    /** Others wait for the shards that are worked at meanwhile; what is left is due still, and the next sweep finds it. */
    private static final Duration PARKING_PER_SWEEP = Duration.ofMillis(300);
    /**
     * While anything is under way, the rest after a transaction is so many times as long as that took: a backlog that is
     * parked all at once takes the database from whoever can be told.
     */
    private static final int RESTS = 2;

    private final Database database;
    private final Delivery delivery;
    private final NotificationStore notifications = new NotificationStore();
    private final ShardStore shardStore = new ShardStore();
    private final ParkedLanes parked = new ParkedLanes();
    /** After a portion of a backlog: so short the queues have to be before the next look-up pays. */
    private int refillAt = NEVER;

    private int waits;
    private Duration pause = FIRST_PAUSE;
    private int sweepsToWalk;

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
        parked.keep(shards);
        if (--sweepsToWalk <= 0) {
            walk(shards);
            sweepsToWalk = SWEEPS_PER_WALK;
        }
        int fetched = fetch(lanes);
        Sweep free = free(lanes, tenure, shards);
        boolean more = free.more() || fetched > 0;
        if (!more) {
            sweepsToWalk = 0;
        }
        return new Sweep(free.worked() + fetched, more);
    }

    /** Takes from what is looked through for everybody, and parks what has no room. */
    private Sweep free(Lanes lanes, Tenure tenure, List<Integer> shards) {
        int room = lanes.room();
        if (room == 0) {
            return Sweep.IDLE;
        }
        // what is queued is still due and comes first again, so the look-up has to reach beyond it, in each shard
        int portion = Math.min(room, lanes.portion()) / shards.size() + SPARE_PER_SHARD;
        Map<Integer, Integer> queued = lanes.queuedByShard();
        Map<Integer, Integer> limits = new HashMap<>();
        shards.forEach(shard -> limits.put(shard, portion + queued.getOrDefault(shard, 0)));
        List<DueNotification> due = database.inTransaction(tx -> notifications.due(tx, limits));
        Lanes.Offered offered = lanes.offer(due);
        int set = park(tenure, offered.crowded());
        boolean backlog = offered.refused() > 0 || reachesALimit(due, limits);
        // while something is still to be parked the rest is looked for at once, since the others are behind it
        refillAt = backlog && set >= offered.crowded().size() ? lanes.queued() / LOW_WATER : NEVER;
        if (backlog && offered.accepted() + offered.refused() == 0) {
            return new Sweep(0, awaitClaim());
        }
        pause = FIRST_PAUSE;
        return new Sweep(offered.accepted(), backlog && offered.accepted() + set > 0);
    }

    /**
     * What is being claimed is due until that is committed, and where that is all that was found it hides what is behind it.
     * False: the thread is to end.
     */
    private boolean awaitClaim() {
        Duration now = pause;
        Duration longer = now.multipliedBy(2);
        pause = longer.compareTo(WAIT_FOR_ROOM) < 0 ? longer : WAIT_FOR_ROOM;
        return rest(now);
    }

    private int park(Tenure tenure, List<DueNotification> crowded) {
        if (crowded.isEmpty() || !tenure.valid()) {
            return 0;
        }
        Set<Integer> concerned = crowded.stream().map(DueNotification::shard).collect(Collectors.toSet());
        List<ShardLease> leases = tenure.leases().stream()
                .filter(lease -> concerned.contains(lease.shard()))
                .toList();
        crowded.forEach(one -> parked.parked(one.merchantId(), one.shard()));
        int set = 0;
        long ends = System.nanoTime() + PARKING_PER_SWEEP.toNanos();
        for (int from = 0; from < crowded.size() && tenure.valid(); from += PARKED_AT_A_TIME) {
            long start = System.nanoTime();
            List<DueNotification> some = crowded.subList(from, Math.min(crowded.size(), from + PARKED_AT_A_TIME));
            int now = database.inTransaction(tx -> {
                List<Integer> ours = shardStore.fence(tx, tenure.node(), leases).stream()
                        .map(ShardLease::shard)
                        .toList();
                return park(tx, some, ours);
            });
            delivery.parked(now);
            set += now;
            long end = System.nanoTime();
            long rest = delivery.claimed() > 0 ? RESTS * (end - start) : 0;
            if (end + rest - ends > 0 || !rest(Duration.ofNanos(rest))) {
                return set;
            }
        }
        return set;
    }

    private int park(Tx tx, List<DueNotification> some, List<Integer> ours) {
        Map<Duration, List<Long>> waits = new HashMap<>();
        for (DueNotification one : some) {
            waits.computeIfAbsent(delivery.waitOf(one.merchantId()), any -> new ArrayList<>())
                    .add(one.id());
        }
        int set = 0;
        for (Map.Entry<Duration, List<Long>> each : waits.entrySet()) {
            set += notifications.park(tx, each.getValue(), ours, each.getKey());
        }
        return set;
    }

    /** False: the thread is to end. */
    private static boolean rest(Duration time) {
        try {
            Thread.sleep(time.toMillis());
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Takes from the lanes of merchants that have room again. */
    private int fetch(Lanes lanes) {
        List<Long> merchants = parked.some(MERCHANTS);
        if (merchants.isEmpty()) {
            return 0;
        }
        delivery.learn(merchants);
        int accepted = 0;
        for (Long merchantId : merchants) {
            int room = Math.min(lanes.wanted(merchantId), lanes.room());
            if (room > 0) {
                accepted += fetch(lanes, merchantId, room);
            }
        }
        return accepted;
    }

    private void walk(List<Integer> shards) {
        Collection<Integer> open = shards;
        for (int step = 0; step < STEPS && !open.isEmpty(); step++) {
            Map<Integer, Long> after = parked.walk(shards);
            after.keySet().retainAll(Set.copyOf(open));
            List<ParkedLane> found = database.inTransaction(tx -> notifications.parked(tx, after));
            parked.found(after, found);
            open = parked.under(after);
        }
    }

    private int fetch(Lanes lanes, long merchantId, int room) {
        Set<Integer> shards = Set.copyOf(parked.shardsOf(merchantId));
        // what is queued is still parked until it is claimed, and comes first again
        int limit = (room + lanes.queued(merchantId)) / Math.max(1, shards.size()) + 1;
        Map<Integer, Integer> limits = new HashMap<>();
        shards.forEach(shard -> limits.put(shard, limit));
        List<DueNotification> due = database.inTransaction(tx -> notifications.dueOf(tx, merchantId, limits));
        Set<Integer> left = due.stream().map(DueNotification::shard).collect(Collectors.toCollection(HashSet::new));
        shards.stream().filter(shard -> !left.contains(shard)).forEach(shard -> parked.empty(merchantId, shard));
        return lanes.offer(due).accepted();
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

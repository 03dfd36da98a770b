package io.orderwatch.dao.notification;

import io.orderwatch.dao.Ids;
import io.orderwatch.dao.PerShard;
import io.orderwatch.dao.Rows;
import io.orderwatch.dao.Tx;
import io.orderwatch.dao.status.SwitchStore;
import io.orderwatch.dao.status.Switches;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongPredicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The outbox. Claiming is brief, sending happens outside any transaction, and a result is written only by who holds
 * the token of the claim. Stateless.
 */
public final class NotificationStore {

    /** Before any lane: where a look for what is parked begins. */
    public static final long FIRST_LANE = Long.MIN_VALUE + 1;

    /** Ids in a range for each that is asked for: those of four orders, so that the range is no larger than its batch. */
    private static final long NEIGHBOURS = 4 * NewNotification.EVENTS_PER_ORDER;

    private static final int FREE = 0;
    private static final int PARKED = 3;

    private final SwitchStore switches = new SwitchStore();

    /**
     * Those of the notifications that were not written yet: an order that comes to a state again has its notification
     * already. The caller has locked the orders, so nobody else writes one meanwhile.
     */
    public List<NewNotification> unwritten(Tx tx, List<NewNotification> notifications) {
        if (notifications.isEmpty()) {
            return List.of();
        }
        Set<Long> existing = existing(tx.mapper(NotificationMapper.class), notifications);
        return existing.isEmpty()
                ? notifications
                : notifications.stream().filter(n -> !existing.contains(n.id())).toList();
    }

    /** Most are new, and those of neighbours are looked for in one range, where there is next to nothing. */
    private static Set<Long> existing(NotificationMapper mapper, List<NewNotification> notifications) {
        LongSummaryStatistics ids =
                notifications.stream().mapToLong(NewNotification::id).summaryStatistics();
        return ids.getMin() > ids.getMax() - NEIGHBOURS * notifications.size()
                ? mapper.existingBetween(ids.getMin(), ids.getMax())
                : mapper.existing(
                        new Ids(notifications.stream().map(NewNotification::id).toList()));
    }

    /** As {@link #create(Tx, Collection, LongPredicate, FirstClaim)}, with none parked and none claimed. */
    public void create(Tx tx, Collection<NewNotification> notifications) {
        create(tx, notifications, merchantId -> false, FirstClaim.NONE);
    }

    /**
     * Writes notifications that are {@link #unwritten}.
     *
     * @param crowded merchants whose notifications are parked from the first, since they could not be told now
     * @param claim those that are written as claimed; in this transaction the caller has fenced their shards and found
     *     their switches on
     */
    public void create(Tx tx, Collection<NewNotification> notifications, LongPredicate crowded, FirstClaim claim) {
        Map<Boolean, List<NewNotification>> byClaim = notifications.stream()
                .collect(Collectors.partitioningBy(n -> claim.ids().contains(n.id())));
        NotificationMapper mapper = tx.mapper(NotificationMapper.class);
        Rows.write(
                byClaim.get(true),
                (n, row) -> n.write(row)
                        .text(NotificationState.SENDING)
                        .fromNow(0)
                        .number(claim.token())
                        .text(claim.by())
                        .fromNow(micros(claim.lease())),
                mapper::insertClaimed);
        Rows.write(
                byClaim.get(false),
                (n, row) -> n.write(row)
                        .number(crowded.test(n.merchantId()) ? PARKED : FREE)
                        .fromNow(0)
                        .text(claim.by()),
                mapper::insert);
    }

    /** Ids of those of the notifications that no switch forbids at this moment. */
    public Set<Long> allowed(Tx tx, Collection<NewNotification> notifications) {
        if (notifications.isEmpty()) {
            return Set.of();
        }
        Switches now = switches.read(
                tx,
                distinct(notifications, NewNotification::userId),
                distinct(notifications, NewNotification::groupId),
                distinct(notifications, NewNotification::strategyId));
        Set<Long> merchantsOff = tx.mapper(NotificationMapper.class)
                .merchantsOff(new Ids(distinct(notifications, NewNotification::merchantId)));
        return notifications.stream()
                .filter(n ->
                        !now.off(n.userId(), n.groupId(), n.strategyId()) && !merchantsOff.contains(n.merchantId()))
                .map(NewNotification::id)
                .collect(Collectors.toSet());
    }

    /**
     * What is due: notifications whose time has come, and those whose sender let its lease run out; the longest due first
     * within each shard. What is parked is not among them: see {@link #dueOf}.
     *
     * @param limits the shards to look into, and how many to take of each at most
     */
    public List<DueNotification> due(Tx tx, Map<Integer, Integer> limits) {
        return limits.isEmpty() ? List.of() : due(tx, PerShard.union(due(0), limits));
    }

    /**
     * What is due of a merchant whose notifications are parked; the longest due first within each shard, of those that
     * were never tried and of the others.
     *
     * @param limits as for {@link #due}
     */
    public List<DueNotification> dueOf(Tx tx, long merchantId, Map<Integer, Integer> limits) {
        if (limits.isEmpty()) {
            return List.of();
        }
        return due(
                tx, PerShard.union(due(merchantId), limits) + " UNION ALL " + PerShard.union(due(-merchantId), limits));
    }

    private static List<DueNotification> due(Tx tx, String select) {
        return tx.mapper(NotificationMapper.class).due(select);
    }

    private static String due(long lane) {
        // ix_notifications_wake, covering; of the same time the oldest order first, and not merchant by merchant
        return "SELECT id, merchant_id, shard, attempts > 0 AS again FROM notifications WHERE shard = :shard AND lane = "
                + lane + " AND wake_at <= UTC_TIMESTAMP(3) ORDER BY wake_at, id LIMIT :limit";
    }

    /**
     * The next merchant of each shard that has something parked, one look-up a shard.
     *
     * @param after by shard: the lane to go on behind; {@link #FIRST_LANE} begins anew
     * @return shards that have no further one are missing
     */
    public List<ParkedLane> parked(Tx tx, Map<Integer, Long> after) {
        if (after.isEmpty()) {
            return List.of();
        }
        // ix_notifications_wake, covering; lane 0, where nothing is parked, is stepped over
        String select = after.entrySet().stream()
                .map(each -> "(SELECT shard, lane FROM notifications WHERE shard = " + each.getKey()
                        + (each.getValue() < 0 ? " AND lane < 0" : "") + " AND lane > " + each.getValue()
                        + " ORDER BY lane LIMIT 1)")
                .collect(Collectors.joining(" UNION ALL "));
        return tx.mapper(NotificationMapper.class).lanes(select);
    }

    /**
     * Parks those of the notifications that are due, and that nobody else has locked. The caller has fenced the shards in
     * this transaction.
     *
     * @param atLeast for which they are not due again; zero: they stay due
     * @return how many were parked
     */
    public int park(Tx tx, Collection<Long> ids, Collection<Integer> shards, Duration atLeast) {
        if (ids.isEmpty() || shards.isEmpty()) {
            return 0;
        }
        NotificationMapper mapper = tx.mapper(NotificationMapper.class);
        List<Long> free = mapper.lockParkable(new Ids(ids), new Ids(shards));
        if (free.isEmpty()) {
            return 0;
        }
        return atLeast.isZero() ? mapper.park(new Ids(free)) : mapper.parkFor(new Ids(free), micros(atLeast));
    }

    /**
     * Claims those of the notifications that are due and that nobody else has locked. The caller has fenced their
     * shards in this transaction. What a switch forbids is held instead; the switches are read here, so that none is
     * obeyed too late.
     *
     * @param claimToken fresh for each call; the results have to carry it
     * @param lease how long we may take to send and record; somebody else may claim the notification afterwards
     */
    public ClaimResult claim(Tx tx, String node, Collection<Long> ids, long claimToken, Duration lease) {
        if (ids.isEmpty()) {
            return ClaimResult.NONE;
        }
        NotificationMapper mapper = tx.mapper(NotificationMapper.class);
        Sorted sorted = sort(tx, mapper.lockDue(new Ids(ids)));
        int held = sorted.merchantOff().isEmpty() ? 0 : mapper.park(new Ids(sorted.merchantOff()));
        held += hold(tx, sorted, node);
        return new ClaimResult(take(mapper, sorted.free(), node, claimToken, lease), held);
    }

    private int hold(Tx tx, Sorted sorted, String node) {
        if (sorted.switchedOff().isEmpty()) {
            return 0;
        }
        Switches off = switches.lockOff(tx, sorted.switches(), node);
        List<Long> held = sorted.switchedOff().stream()
                .filter(n -> off.off(n.userId(), n.groupId(), n.strategyId()))
                .map(LockedNotification::id)
                .toList();
        return held.isEmpty() ? 0 : tx.mapper(NotificationMapper.class).hold(new Ids(held));
    }

    /**
     * Claims one notification for an operator: one that is READY, due or not, or DEAD, or whose sender let its lease
     * run out. Waits for whoever is claiming it at this moment. What a switch forbids is left as it is.
     *
     * @param actor shows as its sender
     */
    public ClaimResult claimByHand(Tx tx, String actor, long id, long claimToken, Duration lease) {
        NotificationMapper mapper = tx.mapper(NotificationMapper.class);
        Sorted sorted = sort(tx, mapper.lockOpen(id));
        int held = sorted.merchantOff().size() + sorted.switchedOff().size();
        return new ClaimResult(take(mapper, sorted.free(), actor, claimToken, lease), held);
    }

    /** Locked notifications by what the switches say of them at this moment. */
    private record Sorted(
            Switches switches,
            List<LockedNotification> free,
            List<LockedNotification> switchedOff,
            List<Long> merchantOff) {}

    private Sorted sort(Tx tx, List<LockedNotification> locked) {
        if (locked.isEmpty()) {
            return new Sorted(Switches.NONE, List.of(), List.of(), List.of());
        }
        Switches now = switches.read(
                tx,
                distinct(locked, LockedNotification::userId),
                distinct(locked, LockedNotification::groupId),
                distinct(locked, LockedNotification::strategyId));
        Set<Long> merchantsOff = tx.mapper(NotificationMapper.class)
                .merchantsOff(new Ids(distinct(locked, LockedNotification::merchantId)));
        Sorted sorted = new Sorted(now, new ArrayList<>(locked.size()), new ArrayList<>(), new ArrayList<>());
        for (LockedNotification n : locked) {
            if (now.off(n.userId(), n.groupId(), n.strategyId())) {
                sorted.switchedOff().add(n);
            } else if (merchantsOff.contains(n.merchantId())) {
                sorted.merchantOff().add(n.id());
            } else {
                sorted.free().add(n);
            }
        }
        return sorted;
    }

    private static List<ClaimedNotification> take(
            NotificationMapper mapper, List<LockedNotification> free, String by, long claimToken, Duration lease) {
        if (!free.isEmpty()) {
            mapper.claim(new Ids(free.stream().map(LockedNotification::id).toList()), claimToken, by, micros(lease));
        }
        return free.stream().map(LockedNotification::claimed).toList();
    }

    /**
     * Writes what came of claims: a row for each try that was made, and the notification's next state where the claim
     * still holds.
     *
     * @return results whose claim had passed to somebody else: their tries are logged and change nothing
     */
    public List<AttemptResult> record(Tx tx, String node, List<AttemptResult> results) {
        List<AttemptRow> attempts = results.stream()
                .flatMap(result -> AttemptRow.of(result, node).stream())
                .toList();
        NotificationMapper mapper = tx.mapper(NotificationMapper.class);
        Rows.write(attempts, AttemptRow::write, mapper::insertAttempts);

        Map<Object, List<AttemptResult>> byEnd =
                results.stream().collect(Collectors.groupingBy(NotificationStore::end));
        List<AttemptResult> stale = new ArrayList<>();
        for (Map.Entry<Object, List<AttemptResult>> group : byEnd.entrySet()) {
            if (group.getKey() instanceof End end) {
                stale.addAll(finish(tx, end, group.getValue()));
            } else {
                stale.addAll(makeReady(tx, group.getValue()));
            }
        }
        return stale;
    }

    /** Results that end alike under one claim are written by one statement. */
    private record End(long claimToken, NotificationState state) {}

    private static Object end(AttemptResult result) {
        if (result.next() instanceof Next.Delivered) {
            return new End(result.claimToken(), NotificationState.DELIVERED);
        }
        return result.next() instanceof Next.Dead ? new End(result.claimToken(), NotificationState.DEAD) : "ready";
    }

    private static List<AttemptResult> finish(Tx tx, End end, List<AttemptResult> results) {
        NotificationMapper mapper = tx.mapper(NotificationMapper.class);
        Ids ids = new Ids(results.stream().map(AttemptResult::notificationId).toList());
        if (mapper.finish(ids, end.claimToken(), end.state()) == results.size()) {
            return List.of();
        }
        // fewer than asked for: either the claim had passed on, or this very write was committed before, unheard
        Set<Long> ours = mapper.finished(ids, end.claimToken(), end.state());
        return results.stream()
                .filter(result -> !ours.contains(result.notificationId()))
                .toList();
    }

    private static List<AttemptResult> makeReady(Tx tx, List<AttemptResult> results) {
        List<Integer> changed = tx.batch(NotificationMapper.class, results, (mapper, result) -> {
            Ready ready = Ready.of(result.next());
            mapper.makeReady(
                    result.notificationId(),
                    result.claimToken(),
                    ready.held(),
                    ready.used(),
                    ready.keepsPlace(),
                    micros(ready.in()));
        });
        List<AttemptResult> unchanged = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            if (changed.get(i) == 0) {
                unchanged.add(results.get(i));
            }
        }
        if (unchanged.isEmpty()) {
            return List.of();
        }
        // either the claim had passed on, or this very write was committed before, unheard
        List<ReadyAgain> ready = tx.mapper(NotificationMapper.class)
                .readyAgain(new Ids(
                        unchanged.stream().map(AttemptResult::notificationId).toList()));
        return unchanged.stream()
                .filter(result -> ready.stream().noneMatch(row -> row.is(result)))
                .toList();
    }

    /**
     * Whether a claimed notification may still be sent: the claim is ours, its lease lasts, and no switch has been
     * turned off since it was claimed.
     */
    public boolean maySend(Tx tx, long id, long claimToken) {
        NotificationMapper mapper = tx.mapper(NotificationMapper.class);
        SwitchedBy by = mapper.underClaim(id, claimToken);
        if (by == null) {
            return false;
        }
        Switches now = switches.read(
                tx,
                List.of(by.userId()),
                Stream.ofNullable(by.groupId()).toList(),
                Stream.ofNullable(by.strategyId()).toList());
        return !now.off(by.userId(), by.groupId(), by.strategyId())
                && mapper.merchantsOff(new Ids(List.of(by.merchantId()))).isEmpty();
    }

    private record Ready(int held, int used, Duration in) {

        static Ready of(Next next) {
            if (next instanceof Next.Retry retry) {
                return new Ready(FREE, 1, retry.in());
            }
            if (next instanceof Next.Park park) {
                return new Ready(PARKED, 0, park.in());
            }
            return new Ready(FREE, 0, ((Next.Release) next).in());
        }

        /** With nothing tried and nothing to wait for, it is due since it was due: not behind all that waits. */
        boolean keepsPlace() {
            return used == 0 && in.isZero();
        }
    }

    /** The notifications of an order, by id; empty when it has none, or when there is no such order. */
    public List<NotificationView> ofOrder(Tx tx, String orderNo) {
        return tx.mapper(NotificationMapper.class).ofOrder(orderNo);
    }

    /** A notification; empty when there is none of this id. */
    public List<NotificationView> byId(Tx tx, long id) {
        return tx.mapper(NotificationMapper.class).byId(id);
    }

    /** What waits in these shards. Costs as much as there is: for operators, not for every tick. */
    public Backlog backlog(Tx tx, Collection<Integer> shards) {
        return shards.isEmpty()
                ? new Backlog(0, 0, 0)
                : tx.mapper(NotificationMapper.class).backlog(new Ids(shards));
    }

    private static <N, T> List<T> distinct(Collection<N> notifications, Function<N, ? extends T> property) {
        return new ArrayList<>(notifications.stream()
                .map(property)
                .filter(Objects::nonNull)
                .collect(Collectors.toCollection(HashSet::new)));
    }

    private static long micros(Duration duration) {
        return duration.toNanos() / 1000;
    }
}

package io.orderwatch.job.order;

import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import io.orderwatch.dao.Database;
import io.orderwatch.dao.DatabaseUnavailableException;
import io.orderwatch.dao.Tx;
import io.orderwatch.dao.notification.FirstClaim;
import io.orderwatch.dao.notification.MerchantStore;
import io.orderwatch.dao.notification.NewNotification;
import io.orderwatch.dao.notification.NotificationStore;
import io.orderwatch.dao.notification.Subscription;
import io.orderwatch.dao.order.ChangedOrder;
import io.orderwatch.dao.order.OrderState;
import io.orderwatch.dao.order.OrderStore;
import io.orderwatch.dao.order.StatusStep;
import io.orderwatch.dao.setaside.SetAsideKind;
import io.orderwatch.dao.setaside.SetAsideStore;
import io.orderwatch.dao.shard.ShardLease;
import io.orderwatch.dao.shard.ShardStore;
import io.orderwatch.dao.status.SwitchStore;
import io.orderwatch.dao.status.Switches;
import io.orderwatch.job.ShardJob;
import io.orderwatch.job.Sweep;
import io.orderwatch.job.Tenure;
import io.orderwatch.job.UserLog;
import io.orderwatch.job.notification.Intake;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices what happened to orders: in one fenced transaction a batch of them gets its status log, its notifications
 * and its {@code seen_status}. Then the notifications are handed to delivery. For one sweep at a time.
 */
public final class OrderScanJob implements ShardJob {

    public static final String NAME = "order-scan";

    private static final Logger LOG = LoggerFactory.getLogger(OrderScanJob.class);

    private final Database database;
    private final ShardStore shards;
    private final OrderStore orders;
    private final SwitchStore switches;
    private final MerchantStore merchants;
    private final NotificationStore notifications;
    private final SetAsideStore setAside;
    private final OrderInterpreter interpreter;
    private final OrderSettings settings;
    private final Intake intake;
    private final UserLog userLog;
    private final Meter noticed;
    private final Meter held;
    private final Meter aside;
    private final BatchBounds bounds;
    private final LookAhead ahead = new LookAhead();
    private int turns;
    private boolean backlog;
    private boolean progress;

    /**
     * @param intake takes notifications in as they are written
     */
    public OrderScanJob(
            Database database, OrderSettings settings, Intake intake, UserLog userLog, MetricRegistry metrics) {
        this.database = database;
        this.shards = new ShardStore();
        this.orders = new OrderStore();
        this.switches = new SwitchStore();
        this.merchants = new MerchantStore();
        this.notifications = new NotificationStore();
        this.setAside = new SetAsideStore();
        this.interpreter = new OrderInterpreter(settings.maxAttributesBytes());
        this.settings = settings;
        this.bounds = new BatchBounds(settings.batch(), settings.maxAttributesBytes());
        this.intake = intake;
        this.userLog = userLog;
        this.noticed = metrics.meter("order.noticed");
        this.held = metrics.meter("order.held");
        this.aside = metrics.meter("order.set-aside");
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Sweep sweep(Tenure tenure) {
        if (tenure.leases().isEmpty()) {
            return Sweep.IDLE;
        }
        // whoever waits keeps its shards from others: only for a backlog
        int batch = backlog ? intake.awaitPlaces(bounds.rows()) : bounds.rows();
        List<Long> ids = next(tenure, batch);
        if (ids.isEmpty() || !tenure.valid()) {
            return Sweep.IDLE;
        }
        int worked = notice(tenure, ids);
        backlog |= bounds.cutShort();
        progress |= worked > 0;
        // no progress since the look: others have the rows locked, and the next tick is soon enough for them
        return new Sweep(worked, !ahead.isEmpty() || (progress && backlog));
    }

    private List<Long> next(Tenure tenure, int batch) {
        ahead.keepOnly(tenure.leases());
        if (ahead.isEmpty()) {
            List<Integer> owned = inTurn(tenure);
            progress = false;
            int most = backlog ? LookAhead.rows(batch) : batch;
            int perShard = OrderSettings.perShard(most, owned.size());
            List<Long> found = database.inTransaction(tx -> orders.changed(tx, owned, perShard, most));
            backlog = found.size() >= perShard;
            // the next look begins with shards that a full one did not get to: each gives twice its part
            turns += found.size() < most ? 1 : Math.max(1, owned.size() / 2);
            ahead.found(tenure.leases(), found);
        }
        return ahead.next(batch);
    }

    /** Each time another shard comes first, since a batch may be full before the last one is looked into. */
    private List<Integer> inTurn(Tenure tenure) {
        List<Integer> owned =
                new ArrayList<>(tenure.leases().stream().map(ShardLease::shard).toList());
        Collections.rotate(owned, turns);
        return owned;
    }

    /** Deals with the orders in one transaction; one that breaks it is found by halving, and set aside. */
    private int notice(Tenure tenure, List<Long> ids) {
        try (Intake.Reservation reservation = intake.reserve()) {
            Batch batch = database.inTransaction(tx -> notice(tx, tenure, ids, reservation));
            afterCommit(batch, reservation);
            return batch.size();
        } catch (DatabaseUnavailableException e) {
            throw e;
        } catch (RuntimeException e) {
            if (ids.size() == 1) {
                setAside(tenure, ids.get(0), e);
                return 1;
            }
            int half = ids.size() / 2;
            return notice(tenure, ids.subList(0, half)) + notice(tenure, ids.subList(half, ids.size()));
        }
    }

    private void setAside(Tenure tenure, long id, RuntimeException cause) {
        LOG.warn("Order {} cannot be dealt with and is set aside", id, cause);
        database.run(tx -> {
            Map<Integer, Long> fenced = fence(tx, tenure);
            boolean ours = orders.lockChanged(tx, List.of(id), 0).stream()
                    .anyMatch(order -> fenced.containsKey(order.shard()));
            if (ours) {
                setAside.setAside(tx, SetAsideKind.ORDER, id, String.valueOf(cause.getMessage()), tenure.node());
            }
        });
        aside.mark();
    }

    /** The shards that are ours for this transaction, with their epochs. */
    private Map<Integer, Long> fence(Tx tx, Tenure tenure) {
        return shards.fence(tx, tenure.node(), tenure.leases()).stream()
                .collect(Collectors.toMap(ShardLease::shard, ShardLease::epoch));
    }

    /** What a transaction did, to be told once it is committed. */
    private record Batch(
            List<Noticed> noticed,
            List<NewNotification> claimed,
            List<NewNotification> due,
            Map<Integer, Long> epochs,
            int held,
            Map<ChangedOrder, String> setAside,
            int left) {

        static final Batch NONE = new Batch(List.of(), List.of(), List.of(), Map.of(), 0, Map.of(), 0);

        int size() {
            return noticed.size() + held + setAside.size();
        }
    }

    private Batch notice(Tx tx, Tenure tenure, List<Long> ids, Intake.Reservation reservation) {
        reservation.begin();
        Map<Integer, Long> fenced = fence(tx, tenure);
        List<ChangedOrder> locked = orders.lockChanged(tx, ids, BatchBounds.LONG_ATTRIBUTES).stream()
                .filter(order -> fenced.containsKey(order.shard()))
                .toList();
        List<ChangedOrder> changed = bounds.fitting(tx, orders, locked);
        if (changed.isEmpty()) {
            return Batch.NONE;
        }
        Switches now = switches.read(
                tx,
                distinct(changed, ChangedOrder::userId),
                distinct(changed, ChangedOrder::groupId),
                distinct(changed, ChangedOrder::strategyId));
        Map<Long, Subscription> subscriptions =
                merchants.subscriptions(tx, distinct(changed, ChangedOrder::merchantId));
        Map<Long, Set<OrderState>> logged = orders.logged(tx, offTheWay(changed));

        List<Noticed> good = new ArrayList<>(changed.size());
        List<ChangedOrder> off = new ArrayList<>();
        Map<ChangedOrder, String> bad = new HashMap<>();
        for (ChangedOrder order : changed) {
            try {
                requireKnown(order, now, subscriptions);
                if (now.off(order.userId(), order.groupId(), order.strategyId())) {
                    off.add(order);
                } else {
                    good.add(interpreter.interpret(
                            order,
                            logged.getOrDefault(order.id(), Set.of()),
                            subscriptions.get(order.merchantId()).events()));
                }
            } catch (BadOrderException e) {
                bad.put(order, e.getMessage());
            }
        }
        orders.log(tx, good.stream().flatMap(each -> each.steps().stream()).toList(), tenure.node(), fenced);
        Map<Boolean, List<NewNotification>> byClaim = tell(tx, good, subscriptions, reservation, tenure.node());
        seen(tx, good, now);
        bad.forEach((order, reason) -> setAside.setAside(tx, SetAsideKind.ORDER, order.id(), reason, tenure.node()));
        int held = hold(tx, off, now, tenure.node());
        int left = locked.size() - changed.size();
        return new Batch(good, byClaim.get(true), byClaim.get(false), fenced, held, bad, left);
    }

    private int hold(Tx tx, List<ChangedOrder> off, Switches now, String node) {
        if (off.isEmpty()) {
            return 0;
        }
        Switches locked = switches.lockOff(tx, now, node);
        return orders.hold(
                tx,
                off.stream()
                        .filter(order -> locked.off(order.userId(), order.groupId(), order.strategyId()))
                        .map(ChangedOrder::id)
                        .toList());
    }

    private static void requireKnown(ChangedOrder order, Switches switches, Map<Long, Subscription> subscriptions) {
        switches.missing(order.userId(), order.groupId(), order.strategyId()).ifPresent(what -> {
            throw new BadOrderException(what);
        });
        if (!subscriptions.containsKey(order.merchantId())) {
            throw new BadOrderException("merchant " + order.merchantId() + " does not exist");
        }
    }

    private List<Long> offTheWay(List<ChangedOrder> changed) {
        return changed.stream()
                .filter(order -> OrderState.of(order.status())
                        .filter(now -> OrderSteps.leavesTheWay(interpreter.seen(order), now))
                        .isPresent())
                .map(ChangedOrder::id)
                .toList();
    }

    /** Writes the notifications; by whether they were written as claimed. */
    private Map<Boolean, List<NewNotification>> tell(
            Tx tx,
            List<Noticed> good,
            Map<Long, Subscription> subscriptions,
            Intake.Reservation reservation,
            String node) {
        List<NewNotification> unwritten = notifications.unwritten(
                tx, good.stream().flatMap(each -> each.notifications().stream()).toList());
        FirstClaim claim = reservation.claim(
                node,
                unwritten.stream()
                        .filter(n -> subscriptions.get(n.merchantId()).enabled())
                        .toList());
        notifications.create(tx, unwritten, intake::crowded, claim);
        return unwritten.stream()
                .collect(Collectors.partitioningBy(n -> claim.ids().contains(n.id())));
    }

    private void seen(Tx tx, List<Noticed> good, Switches now) {
        Map<Duration, List<Long>> byWindow = good.stream()
                .map(Noticed::order)
                .collect(Collectors.groupingBy(
                        order -> now.paymentWindow(order.strategyId()).orElse(settings.paymentWindow()),
                        Collectors.mapping(ChangedOrder::id, Collectors.toList())));
        byWindow.forEach((window, ids) -> orders.seen(tx, ids, window));
    }

    private void afterCommit(Batch batch, Intake.Reservation reservation) {
        bounds.dealtWith(batch.size(), batch.left());
        reservation.depart(batch.claimed(), batch.epochs());
        if (!batch.due().isEmpty()) {
            intake.offer(batch.due().stream().map(NewNotification::due).toList());
        }
        noticed.mark(batch.noticed().size());
        held.mark(batch.held());
        aside.mark(batch.setAside().size());
        batch.noticed().forEach(this::tellUser);
        batch.setAside().forEach((order, reason) -> {
            LOG.warn("Order {} is set aside: {}", order.orderNo(), reason);
            userLog.log(order.userId(), "order {} is set aside: {}", order.orderNo(), reason);
        });
    }

    private void tellUser(Noticed noticed) {
        for (StatusStep step : noticed.steps()) {
            userLog.log(
                    noticed.order().userId(),
                    "order {} {} -> {}{}",
                    noticed.order().orderNo(),
                    step.from() == null ? "new" : step.from(),
                    step.to(),
                    step.derived() ? " (derived)" : "");
        }
    }

    private static <T> Collection<T> distinct(
            List<ChangedOrder> changed, Function<ChangedOrder, ? extends T> property) {
        return changed.stream().<T>map(property).filter(Objects::nonNull).collect(Collectors.toSet());
    }
}

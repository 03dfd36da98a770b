package io.orderwatch.job.order;

import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import io.orderwatch.dao.Database;
import io.orderwatch.dao.Tx;
import io.orderwatch.dao.order.ExpiredOrder;
import io.orderwatch.dao.order.OrderStore;
import io.orderwatch.dao.shard.ShardLease;
import io.orderwatch.dao.shard.ShardStore;
import io.orderwatch.dao.status.SwitchStore;
import io.orderwatch.dao.status.Switches;
import io.orderwatch.job.ShardJob;
import io.orderwatch.job.Sweep;
import io.orderwatch.job.Tenure;
import io.orderwatch.job.UserLog;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Cancels unpaid orders past their expiry by compare-and-set: a payment that commits at the same moment has the row
 * locked, and is passed over. What follows from the change (log, notification) is the scan's business, as for any other.
 */
public final class ExpiryCancelJob implements ShardJob {

    public static final String NAME = "expiry-cancel";

    private final Database database;
    private final ShardStore shards = new ShardStore();
    private final OrderStore orders = new OrderStore();
    private final SwitchStore switches = new SwitchStore();
    private final OrderSettings settings;
    private final Runnable changed;
    private final UserLog userLog;
    private final Meter cancelled;
    private final Meter held;

    /** @param changed called after orders were changed, so that the scan need not wait for its next tick */
    public ExpiryCancelJob(
            Database database, OrderSettings settings, Runnable changed, UserLog userLog, MetricRegistry metrics) {
        this.database = database;
        this.settings = settings;
        this.changed = changed;
        this.userLog = userLog;
        this.cancelled = metrics.meter("order.cancelled");
        this.held = metrics.meter("order.held");
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
        List<Integer> owned = tenure.leases().stream().map(ShardLease::shard).toList();
        int perShard = settings.perShard(owned.size());
        List<Long> ids = database.inTransaction(tx -> orders.expired(tx, owned, perShard, settings.batch()));
        if (ids.isEmpty() || !tenure.valid()) {
            return Sweep.IDLE;
        }
        Batch batch = database.inTransaction(tx -> cancel(tx, tenure, ids));
        if (!batch.cancelled().isEmpty()) {
            changed.run();
        }
        cancelled.mark(batch.cancelled().size());
        held.mark(batch.held());
        batch.cancelled().forEach(order -> userLog.log(order.userId(), "order {} expired unpaid", order.orderNo()));
        return new Sweep(batch.size(), batch.size() > 0 && ids.size() >= perShard);
    }

    private record Batch(List<ExpiredOrder> cancelled, int held) {

        int size() {
            return cancelled.size() + held;
        }
    }

    private Batch cancel(Tx tx, Tenure tenure, List<Long> ids) {
        Set<Integer> fenced = shards.fence(tx, tenure.node(), tenure.leases()).stream()
                .map(ShardLease::shard)
                .collect(Collectors.toSet());
        List<ExpiredOrder> expired = orders.lockExpired(tx, ids).stream()
                .filter(order -> fenced.contains(order.shard()))
                .toList();
        if (expired.isEmpty()) {
            return new Batch(List.of(), 0);
        }
        Switches now = switches.read(
                tx,
                distinct(expired, ExpiredOrder::userId),
                distinct(expired, ExpiredOrder::groupId),
                distinct(expired, ExpiredOrder::strategyId));
        Map<Boolean, List<ExpiredOrder>> byOff = expired.stream()
                .collect(Collectors.partitioningBy(
                        order -> now.off(order.userId(), order.groupId(), order.strategyId())));
        orders.cancelExpired(tx, ids(byOff.get(false)));
        List<ExpiredOrder> off = byOff.get(true);
        if (off.isEmpty()) {
            return new Batch(byOff.get(false), 0);
        }
        Switches locked = switches.lockOff(tx, now, tenure.node());
        List<ExpiredOrder> held = off.stream()
                .filter(order -> locked.off(order.userId(), order.groupId(), order.strategyId()))
                .toList();
        return new Batch(byOff.get(false), orders.hold(tx, ids(held)));
    }

    private static List<Long> ids(List<ExpiredOrder> orders) {
        return orders.stream().map(ExpiredOrder::id).toList();
    }

    private static <T> Collection<T> distinct(List<ExpiredOrder> orders, Function<ExpiredOrder, ? extends T> property) {
        return orders.stream().<T>map(property).filter(Objects::nonNull).collect(Collectors.toSet());
    }
}

package io.orderwatch.dao.order;

import io.orderwatch.dao.Ids;
import io.orderwatch.dao.PerShard;
import io.orderwatch.dao.Rows;
import io.orderwatch.dao.Tx;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The orders that are watched. Work is picked in two steps: ids from an index, without a lock, and then the rows,
 * locked and looked at anew; rows that somebody else has locked at that moment are passed over until the next tick.
 * Stateless.
 */
public final class OrderStore {

    /** Ids of orders with something to notice: at most {@code perShard} of each shard and {@code limit} in all. */
    public List<Long> changed(Tx tx, Collection<Integer> shards, int perShard, int limit) {
        // ix_orders_work, covering
        String select = "SELECT id FROM orders WHERE shard = :shard AND work = 1 ORDER BY id LIMIT " + perShard;
        return tx.mapper(OrderMapper.class).ids(PerShard.union(select, shards, limit));
    }

    /**
     * Locks those of the orders that still have something to notice, by id.
     *
     * @param mostBytes attributes that are longer are left out: {@link #attributes} reads them
     */
    public List<ChangedOrder> lockChanged(Tx tx, Collection<Long> ids, int mostBytes) {
        return ids.isEmpty() ? List.of() : tx.mapper(OrderMapper.class).lockChanged(new Ids(ids), mostBytes);
    }

    /** The attributes of each of the orders, however long, of those that have any. */
    public Map<Long, String> attributes(Tx tx, Collection<Long> lockedIds) {
        if (lockedIds.isEmpty()) {
            return Map.of();
        }
        return tx.mapper(OrderMapper.class).attributes(new Ids(lockedIds)).stream()
                .collect(Collectors.toMap(Attributes::id, Attributes::attributes));
    }

    /**
     * Moves {@code seen_status} to the status of the orders, which the transaction has locked, and fills in
     * {@code paid_at} where an order is paid and does not say when.
     *
     * @param window unpaid orders that name no expiry themselves expire so long after they were created
     */
    public void seen(Tx tx, Collection<Long> lockedIds, Duration window) {
        if (!lockedIds.isEmpty()) {
            tx.mapper(OrderMapper.class).seen(new Ids(lockedIds), window.toSeconds());
        }
    }

    /**
     * Writes steps of orders, which the transaction has locked, into the log.
     *
     * @param node who noticed them
     * @param epochs by shard, those of the fence
     */
    public void log(Tx tx, List<StatusStep> steps, String node, Map<Integer, Long> epochs) {
        OrderMapper mapper = tx.mapper(OrderMapper.class);
        Rows.write(
                steps,
                (step, row) -> {
                    step.write(row);
                    row.text(node).number(epochs.get(step.shard()));
                },
                mapper::log);
    }

    /** The states that the log has for each of the orders, as far as its retention reaches. */
    public Map<Long, Set<OrderState>> logged(Tx tx, Collection<Long> ids) {
        if (ids.isEmpty()) {
            return Map.of();
        }
        return tx.mapper(OrderMapper.class).logged(new Ids(ids)).stream()
                .collect(Collectors.groupingBy(
                        LoggedState::orderId, Collectors.mapping(LoggedState::state, Collectors.toSet())));
    }

    /**
     * Holds orders, each on account of a switch that {@link io.orderwatch.dao.status.SwitchStore#lockOff} has locked: who
     * releases them afterwards sees all that were held.
     *
     * @return how many
     */
    public int hold(Tx tx, Collection<Long> lockedIds) {
        return lockedIds.isEmpty() ? 0 : tx.mapper(OrderMapper.class).hold(new Ids(lockedIds));
    }

    /** Ids of unpaid orders past their expiry, the oldest first within each shard. */
    public List<Long> expired(Tx tx, Collection<Integer> shards, int perShard, int limit) {
        // ix_orders_open, covering
        String select = "SELECT id FROM orders WHERE shard = :shard AND open_until <= UTC_TIMESTAMP(3)"
                + " ORDER BY open_until LIMIT " + perShard;
        return tx.mapper(OrderMapper.class).ids(PerShard.union(select, shards, limit));
    }

    /** Locks those of the orders that are still unpaid and past their expiry. */
    public List<ExpiredOrder> lockExpired(Tx tx, Collection<Long> ids) {
        return ids.isEmpty() ? List.of() : tx.mapper(OrderMapper.class).lockExpired(new Ids(ids));
    }

    /**
     * Cancels those of the orders that are still pending and unpaid, as expired.
     *
     * @return how many were
     */
    public int cancelExpired(Tx tx, Collection<Long> ids) {
        return ids.isEmpty() ? 0 : tx.mapper(OrderMapper.class).cancelExpired(new Ids(ids));
    }

    /** Id of the order with that number; empty when there is none. */
    public OptionalLong findId(Tx tx, String orderNo) {
        Long id = tx.mapper(OrderMapper.class).findId(orderNo);
        return id == null ? OptionalLong.empty() : OptionalLong.of(id);
    }

    /** How many orders wait to be looked at, in the shards given. Costs as much as there are. */
    public long waiting(Tx tx, Collection<Integer> shards) {
        return shards.isEmpty() ? 0 : tx.mapper(OrderMapper.class).waiting(new Ids(shards));
    }
}

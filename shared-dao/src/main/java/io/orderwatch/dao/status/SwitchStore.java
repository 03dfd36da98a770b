package io.orderwatch.dao.status;

import io.orderwatch.dao.Ids;
import io.orderwatch.dao.PerShard;
import io.orderwatch.dao.Tx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The switches of users, groups and strategies. What is off is read from the operators' own column at the moment of
 * work, so that it holds at once; {@code seen_status} only records what has taken effect. Stateless.
 */
public final class SwitchStore {

    /** Reads switches, and the payment windows of strategies, without a lock. */
    public Switches read(Tx tx, Collection<Long> users, Collection<Long> groups, Collection<Long> strategies) {
        List<String> selects = new ArrayList<>();
        // PRIMARY of each table
        addSelect(selects, SwitchKind.USER, users, "NULL");
        addSelect(selects, SwitchKind.GROUP, groups, "NULL");
        addSelect(selects, SwitchKind.STRATEGY, strategies, "payment_window_seconds");
        Map<SwitchKind, Map<Long, Boolean>> on = new HashMap<>();
        Map<Long, Duration> windows = new HashMap<>();
        if (!selects.isEmpty()) {
            for (SwitchRow row : tx.mapper(SwitchMapper.class).read(String.join(" UNION ALL ", selects))) {
                on.computeIfAbsent(row.kind(), kind -> new HashMap<>()).put(row.id(), row.status() == 1);
                if (row.paymentWindowSeconds() != null) {
                    windows.put(row.id(), Duration.ofSeconds(row.paymentWindowSeconds()));
                }
            }
        }
        return new Switches(
                on.getOrDefault(SwitchKind.USER, Map.of()),
                on.getOrDefault(SwitchKind.GROUP, Map.of()),
                on.getOrDefault(SwitchKind.STRATEGY, Map.of()),
                windows);
    }

    private static void addSelect(List<String> selects, SwitchKind kind, Collection<Long> ids, String window) {
        if (!ids.isEmpty()) {
            selects.add("SELECT '" + kind + "' AS kind, id, status, " + window + " AS payment_window_seconds FROM "
                    + kind.table() + " WHERE id IN (" + new Ids(ids) + ")");
        }
    }

    /** Switches that were flipped and have not taken effect. */
    public List<Toggle> toggled(Tx tx, Collection<Integer> shards, int limit) {
        List<Toggle> toggles = new ArrayList<>();
        for (SwitchKind kind : SwitchKind.values()) {
            // ix_users_work, ix_order_groups_work, ix_strategies_work
            String select = selectToggles(kind) + " WHERE shard = :shard AND work = 1 ORDER BY id LIMIT " + limit;
            toggles.addAll(tx.mapper(SwitchMapper.class).toggled(PerShard.union(select, shards, limit)));
        }
        return toggles;
    }

    /**
     * Records that a switch has taken effect, by compare-and-set on what was read.
     *
     * <p>A switch that went on, off and on again while rows were being released looks as if nothing had happened, but
     * rows may have been held in between, behind the release. So what is left is looked for once the switch's row is
     * locked: who holds rows on its account has to lock it too.
     *
     * @param released rows that it set free
     * @return false when the operator has flipped it again meanwhile, or rows are left to be released; it is then still
     *     to be dealt with
     */
    public boolean tookEffect(Tx tx, Toggle toggle, int released, String node) {
        SwitchMapper mapper = tx.mapper(SwitchMapper.class);
        if (mapper.moveSeen(toggle.kind().table(), toggle) == 0) {
            return false;
        }
        if (toggle.on() && (left(mapper, "orders", toggle) || left(mapper, "notifications", toggle))) {
            mapper.moveSeenBack(toggle.kind().table(), toggle);
            return false;
        }
        mapper.remember(toggle, released, node);
        return true;
    }

    /**
     * Locks those of the switches that are off, and records that they have taken effect. To be called in the transaction
     * that holds rows on their account, and before it does: a switch that is flipped off and on again between two ticks
     * would otherwise leave no trace, and what was held in between would stay so. A switch that an operator is just
     * flipping is passed over, so that an open transaction of theirs keeps nobody waiting.
     *
     * @return the switches that are off and stay so until the transaction ends
     */
    public Switches lockOff(Tx tx, Switches switches, String node) {
        Map<SwitchKind, Map<Long, Boolean>> locked = new HashMap<>();
        for (SwitchKind kind : SwitchKind.values()) {
            List<Long> off = switches.off(kind);
            if (!off.isEmpty()) {
                // PRIMARY of its table
                String select = selectToggles(kind) + " WHERE id IN (" + new Ids(off)
                        + ") AND status <> 1 ORDER BY id FOR UPDATE SKIP LOCKED";
                for (Toggle toggle : tx.mapper(SwitchMapper.class).toggled(select)) {
                    locked.computeIfAbsent(kind, any -> new HashMap<>()).put(toggle.id(), false);
                    if (toggle.status() != toggle.seenStatus()) {
                        tookEffect(tx, toggle, 0, node);
                    }
                }
            }
        }
        return new Switches(
                locked.getOrDefault(SwitchKind.USER, Map.of()),
                locked.getOrDefault(SwitchKind.GROUP, Map.of()),
                locked.getOrDefault(SwitchKind.STRATEGY, Map.of()),
                Map.of());
    }

    private static boolean left(SwitchMapper mapper, String table, Toggle toggle) {
        return mapper.releasable(table, toggle.userId(), toggle.kind().reference(), toggle.id()) != null;
    }

    private static String selectToggles(SwitchKind kind) {
        return "SELECT '" + kind + "' AS kind, id, " + kind.userColumn()
                + " AS user_id, shard, status, seen_status FROM " + kind.table();
    }

    /** Sets free the next batch of orders that the toggle held, but for those that another switch still holds. */
    public Released releaseOrders(Tx tx, Toggle toggle, long afterId, int limit) {
        return release(tx, "orders", toggle, afterId, limit);
    }

    /** As {@link #releaseOrders}, for notifications. */
    public Released releaseNotifications(Tx tx, Toggle toggle, long afterId, int limit) {
        return release(tx, "notifications", toggle, afterId, limit);
    }

    private static Released release(Tx tx, String table, Toggle toggle, long afterId, int limit) {
        SwitchMapper mapper = tx.mapper(SwitchMapper.class);
        List<Long> ids = mapper.held(table, toggle.userId(), toggle.kind().reference(), toggle.id(), afterId, limit);
        if (ids.isEmpty()) {
            return new Released(afterId, 0, false);
        }
        return new Released(ids.get(ids.size() - 1), mapper.release(table, new Ids(ids)), ids.size() == limit);
    }
}

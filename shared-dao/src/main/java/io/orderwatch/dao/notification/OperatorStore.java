package io.orderwatch.dao.notification;

import io.orderwatch.dao.Ids;
import io.orderwatch.dao.Tx;
import java.util.Collection;
import java.util.List;

/** What operators ask and do. Stateless. */
public final class OperatorStore {

    /** All that happened to an order, the oldest first; empty when there is no such order, or nothing has happened. */
    public List<HistoryLine> history(Tx tx, String orderNo) {
        return tx.mapper(OperatorMapper.class).history(orderNo);
    }

    /** Merchants by id, and how they do. */
    public List<MerchantState> merchants(Tx tx, long after, int limit) {
        return tx.mapper(OperatorMapper.class).merchants(after, limit);
    }

    /** What waits, of each merchant and lane, the most first. Costs as much as waits: for operators alone. */
    public List<QueueLine> queues(Tx tx, Collection<Integer> shards) {
        return shards.isEmpty() ? List.of() : tx.mapper(OperatorMapper.class).queues(new Ids(shards));
    }

    /** Whether there is such a merchant. */
    public boolean merchantExists(Tx tx, long merchantId) {
        return tx.mapper(OperatorMapper.class).exists(merchantId) > 0;
    }

    /** Switches a merchant on or off; false: it was so before. */
    public boolean switchMerchant(Tx tx, long merchantId, boolean on) {
        return tx.mapper(OperatorMapper.class).setStatus(merchantId, on ? 1 : 0) > 0;
    }

    /** Looks through the notifications behind an id. Costs as much as it looks through: for operators alone. */
    public DeadPage dead(Tx tx, DeadFilter filter, long after, int limit) {
        return tx.mapper(OperatorMapper.class).dead(filter, after, limit);
    }

    /**
     * Makes those that were given up due now, with all their tries ahead of them again: the cluster claims and sends them
     * like any other.
     *
     * @return how many
     */
    public int redrive(Tx tx, DeadFilter filter, long after, long last) {
        return tx.mapper(OperatorMapper.class).redrive(filter, after, last);
    }
}

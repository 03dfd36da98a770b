package io.orderwatch.dao.notification;

import io.orderwatch.dao.Tx;
import java.time.Duration;

/** How merchants do: the changes of their breakers, and those that are slow. Stateless. */
public final class HealthStore {

    private static final int REASON_LENGTH = 255;

    /**
     * Writes down a change of a breaker, once however many nodes learn of it.
     *
     * @return false when another node was faster
     */
    public boolean changed(Tx tx, BreakerChange change, String node) {
        String reason = change.reason();
        BreakerChange row = reason.length() <= REASON_LENGTH
                ? change
                : new BreakerChange(
                        change.merchantId(),
                        change.endpointId(),
                        change.from(),
                        change.to(),
                        reason.substring(0, REASON_LENGTH),
                        change.scope(),
                        change.epoch());
        return tx.mapper(HealthMapper.class).insertChange(row, node) > 0;
    }

    /** Lists a merchant among the slow ones of a node. */
    public void slow(Tx tx, long merchantId, String node, Duration average) {
        tx.mapper(HealthMapper.class).insertSlow(merchantId, node, Math.min(Integer.MAX_VALUE, average.toMillis()));
    }

    /** Takes it off that list. */
    public void fast(Tx tx, long merchantId, String node) {
        tx.mapper(HealthMapper.class).deleteSlow(merchantId, node);
    }

    /** Empties a node's list: it starts anew, and knows of no slow merchant yet. */
    public void forgetSlow(Tx tx, String node) {
        tx.mapper(HealthMapper.class).deleteAllSlow(node);
    }
}

package io.orderwatch.dao.setaside;

import io.orderwatch.dao.Tx;

/**
 * Rows that broke a job. They leave the index of work ({@code held = 2}) and stay where an operator finds them, with
 * the reason; {@code UPDATE orders SET held = 0 WHERE id = ?} has one tried again. Stateless.
 */
public final class SetAsideStore {

    private static final int REASON_LENGTH = 512;

    /** Sets a row aside; a row that comes here again keeps its entry, with the new reason. */
    public void setAside(Tx tx, SetAsideKind kind, long subjectId, String reason, String node) {
        SetAsideMapper mapper = tx.mapper(SetAsideMapper.class);
        String cut = reason.length() <= REASON_LENGTH ? reason : reason.substring(0, REASON_LENGTH);
        mapper.remember(kind, subjectId, cut, node);
        switch (kind) {
            case ORDER -> mapper.holdOrder(subjectId);
            case NOTIFICATION -> mapper.holdNotification(subjectId);
        }
    }

    /** How many rows are set aside that were not set free again. */
    public long count(Tx tx) {
        return tx.mapper(SetAsideMapper.class).count();
    }
}

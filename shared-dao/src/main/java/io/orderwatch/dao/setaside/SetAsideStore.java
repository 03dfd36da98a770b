package io.orderwatch.dao.setaside;

import io.orderwatch.dao.Ids;
import io.orderwatch.dao.Tx;
import java.util.List;

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

    /**
     * Looks at some of the open entries and closes those whose row was set free, or is gone.
     *
     * @param after the id that the last page ended with; 0 begins anew
     */
    public Closing close(Tx tx, long after, int limit) {
        SetAsideMapper mapper = tx.mapper(SetAsideMapper.class);
        List<Long> open = mapper.open(after, limit);
        if (open.isEmpty()) {
            return new Closing(0, 0);
        }
        int closed = mapper.closeFree(new Ids(open));
        return new Closing(closed, open.size() < limit ? 0 : open.get(open.size() - 1));
    }

    /** How many rows are set aside that were not set free again. */
    public long count(Tx tx) {
        return tx.mapper(SetAsideMapper.class).count();
    }
}

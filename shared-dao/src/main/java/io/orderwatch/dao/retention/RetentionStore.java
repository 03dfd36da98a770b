package io.orderwatch.dao.retention;

import io.orderwatch.dao.Tx;
import io.orderwatch.dao.retention.RetainedTable.Walk;
import java.time.Duration;

/**
 * Removes rows past their age, in batches along the primary key from its oldest end, so that the large tables need no
 * index on the age (which each insert would pay for) and no batch locks more than it removes. Stateless.
 */
public final class RetentionStore {

    /** Where a purge begins. */
    public static final long FROM_THE_START = Long.MIN_VALUE;

    /**
     * Looks at the next {@code batch} rows after {@code afterId} and removes those that are old enough. Where the
     * keys grow with time, the walk ends at the first batch that has a row too young. Where the age itself leads the
     * way, {@code afterId} says nothing.
     */
    public Purged purge(Tx tx, RetainedTable table, long afterId, Duration age, int batch) {
        RetentionMapper mapper = tx.mapper(RetentionMapper.class);
        if (table.walk() == Walk.BY_AGE) {
            int removed = mapper.deleteOld(table.table(), table.condition(), table.agedBy(), age.toSeconds(), batch);
            return new Purged(afterId, removed, removed == batch);
        }
        PageEnd page = mapper.page(table.table(), table.agedBy(), afterId, age.toSeconds(), batch);
        if (page.lastId() == null) {
            return new Purged(afterId, 0, false);
        }
        int removed = mapper.delete(
                table.table(), table.condition(), table.agedBy(), afterId, page.lastId(), age.toSeconds());
        boolean youngEndsIt = table.walk() == Walk.ALONG_GROWING_KEYS && page.young() > 0;
        return new Purged(page.lastId(), removed, page.rows() == batch && !youngEndsIt);
    }
}

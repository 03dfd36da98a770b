package io.orderwatch.job.order;

import io.orderwatch.dao.Tx;
import io.orderwatch.dao.order.ChangedOrder;
import io.orderwatch.dao.order.OrderStore;
import java.util.List;
import java.util.Map;

/**
 * How many orders a scan takes in one transaction: as many rows as it may, and no more bytes of attributes than there is
 * room for, of which a thousand orders may have far more. Long ones are read apart, once it is known how many of them fit;
 * orders that do not are left to the next batch, which asks for fewer. For one thread, but for {@link #rows}.
 */
final class BatchBounds {

    /** Longer attributes are not read with their orders. */
    static final int LONG_ATTRIBUTES = 2 * 1024;
    /** Of attributes in one batch. Each byte is in memory several times: as it came, as text, and in each body. */
    private static final int MOST_BYTES = 4 * 1024 * 1024;

    private final int mostRows;
    private final int maxAttributesBytes;
    /** Fewer after a batch that had to leave some out, and twice as many after each that had not. */
    private volatile int rows;

    /** @param maxAttributesBytes longer ones are never read, since they may not be passed on */
    BatchBounds(int mostRows, int maxAttributesBytes) {
        this.mostRows = mostRows;
        this.maxAttributesBytes = maxAttributesBytes;
        this.rows = mostRows;
    }

    /** To ask for in the next batch. */
    int rows() {
        return rows;
    }

    /** Whether the next batch asks for fewer than it might, since there was no room for the bytes of an earlier one. */
    boolean cutShort() {
        return rows < mostRows;
    }

    /** As many of the orders as there is room for, at least one, with all their attributes. */
    List<ChangedOrder> fitting(Tx tx, OrderStore orders, List<ChangedOrder> locked) {
        List<ChangedOrder> fitting = locked.subList(0, howManyFit(locked));
        Map<Long, String> read = orders.attributes(
                tx, fitting.stream().filter(this::isLong).map(ChangedOrder::id).toList());
        return read.isEmpty()
                ? fitting
                : fitting.stream()
                        .map(order -> read.containsKey(order.id()) ? order.with(read.get(order.id())) : order)
                        .toList();
    }

    /** What came of a batch: how many orders it dealt with, and how many did not fit. */
    void dealtWith(int orders, int left) {
        rows = left > 0 ? Math.max(1, orders) : Math.min(mostRows, 2 * rows);
    }

    private int howManyFit(List<ChangedOrder> locked) {
        long bytes = 0;
        for (int i = 0; i < locked.size(); i++) {
            long length = locked.get(i).attributesBytes();
            bytes += length <= maxAttributesBytes ? length : 0;
            if (i > 0 && bytes > MOST_BYTES) {
                return i;
            }
        }
        return locked.size();
    }

    private boolean isLong(ChangedOrder order) {
        return order.attributesBytes() > LONG_ATTRIBUTES && order.attributesBytes() <= maxAttributesBytes;
    }
}

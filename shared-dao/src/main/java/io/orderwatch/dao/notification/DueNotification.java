package io.orderwatch.dao.notification;

import io.orderwatch.dao.ColumnsInOrder;

/**
 * A notification that somebody has to look at now; its row is read when it is claimed.
 *
 * @param again whether it was tried before
 */
@ColumnsInOrder
public record DueNotification(long id, long merchantId, int shard, boolean again) {

    /** One that was never tried. */
    public DueNotification(long id, long merchantId, int shard) {
        this(id, merchantId, shard, false);
    }
}

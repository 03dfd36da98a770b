package io.orderwatch.dao.notification;

import io.orderwatch.dao.ColumnsInOrder;

/**
 * A merchant that has notifications parked in a shard.
 *
 * @param lane where the look for the next one goes on: the merchant's id, negative for notifications tried before
 */
@ColumnsInOrder
public record ParkedLane(int shard, long lane) {

    public long merchantId() {
        return Math.abs(lane);
    }
}

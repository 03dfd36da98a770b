package io.orderwatch.job.order;

import java.time.Duration;

/**
 * How orders are watched.
 *
 * @param batch orders in one transaction
 * @param paymentWindow how long an order may stay unpaid when neither it nor its strategy says otherwise
 * @param maxAttributesBytes an order whose attributes are longer is set aside
 */
public record OrderSettings(int batch, Duration paymentWindow, int maxAttributesBytes) {

    /** Rows taken from one shard at a time: enough for one busy shard, not so much that it crowds out the others. */
    int perShard(int shards) {
        return perShard(batch, shards);
    }

    /** As {@link #perShard(int)}, for another number of rows. */
    static int perShard(int batch, int shards) {
        return Math.min(batch, Math.max(50, 2 * batch / Math.max(1, shards)));
    }
}

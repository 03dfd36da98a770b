package io.orderwatch.node.shard;

import io.orderwatch.dao.shard.GrantReason;
import org.jspecify.annotations.Nullable;

/**
 * A shard to be given away.
 *
 * @param expectedEpoch the epoch that it has now; the grant raises it by one, or fails
 * @param over whose lease has to be over for that, which is made sure of in the grant's own transaction; null: nobody's
 */
record Grant(
        int shard,
        long expectedEpoch,
        Holder to,
        GrantReason reason,
        @Nullable Holder over) {}

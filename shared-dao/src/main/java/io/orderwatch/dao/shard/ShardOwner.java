package io.orderwatch.dao.shard;

import org.jspecify.annotations.Nullable;

/**
 * Who owns a shard by the database's word, which is the last one.
 *
 * @param node null: nobody was ever granted it
 * @param epoch 0 when nobody was
 */
public record ShardOwner(int shard, @Nullable String node, long epoch) {}

package io.orderwatch.dao.shard;

/**
 * The right to work on a shard, as it was granted.
 *
 * @param shard number of the shard, from 0
 * @param epoch grows with each change of owner; work done under an older one changes no row
 */
public record ShardLease(int shard, long epoch) {}

package io.orderwatch.dao;

import java.util.Collection;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One look-up a shard, in one statement: each goes by its index and stops at its own limit, so that taking a few rows
 * never sorts what waits. A plain {@code shard IN (...) ORDER BY ... LIMIT} would.
 */
public final class PerShard {

    private PerShard() {}

    /**
     * @param select one shard's SELECT, with {@code :shard} where the number goes
     * @param shards at least one
     * @param limit rows in all
     */
    public static String union(String select, Collection<Integer> shards, int limit) {
        return shards.stream()
                .map(shard -> "(" + select.replace(":shard", Integer.toString(shard)) + ")")
                .collect(Collectors.joining(" UNION ALL ", "", " LIMIT " + limit));
    }

    /**
     * @param select one shard's SELECT, with {@code :shard} and {@code :limit} where the numbers go
     * @param limits at least one shard, with the rows to take of it
     */
    public static String union(String select, Map<Integer, Integer> limits) {
        return limits.entrySet().stream()
                .map(each -> "("
                        + select.replace(":shard", Integer.toString(each.getKey()))
                                .replace(":limit", Integer.toString(each.getValue()))
                        + ")")
                .collect(Collectors.joining(" UNION ALL "));
    }
}

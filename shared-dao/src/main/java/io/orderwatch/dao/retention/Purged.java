package io.orderwatch.dao.retention;

/**
 * One batch of a purge.
 *
 * @param lastId the next batch begins after it
 * @param rows how many were removed
 * @param more whether there may be another batch
 */
public record Purged(long lastId, int rows, boolean more) {}

package io.orderwatch.dao.status;

/**
 * One batch of held rows that were looked at.
 *
 * @param lastId the next batch begins after it
 * @param rows how many were set free
 * @param more whether there may be another batch
 */
public record Released(long lastId, int rows, boolean more) {}

package io.orderwatch.stack.generator;

/**
 * Orders that were written one after the other and are not paid yet.
 *
 * @param firstId their ids have no gap from there
 */
public record PlacedOrders(long firstId, int count) {}

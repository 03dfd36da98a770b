package io.orderwatch.dao.alert;

/**
 * A merchant in the slow lane.
 *
 * @param nodes how many nodes find it slow
 * @param averageMs of its last answers, where it is slowest
 */
public record SlowMerchant(long merchantId, String name, int nodes, int averageMs) {}

package io.orderwatch.dao.alert;

/**
 * The last that is known of a breaker.
 *
 * @param id row in {@code breaker_changes}
 * @param open whether it holds anything back
 * @param scope empty: that of the cluster; a node's id: its own
 */
public record BreakerNews(
        long id, long merchantId, String merchantName, long endpointId, String scope, boolean open, String reason) {}

package io.orderwatch.dao.notification;

/**
 * A change of an endpoint's breaker.
 *
 * @param reason a sentence for operators
 * @param scope empty: the breaker that the cluster shares; a node's id: its own, while Redis was away
 * @param epoch grows with each change of an endpoint's breaker
 */
public record BreakerChange(
        long merchantId,
        long endpointId,
        BreakerState from,
        BreakerState to,
        String reason,
        String scope,
        long epoch) {}

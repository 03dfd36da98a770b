package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.BreakerChange;

/**
 * Is told how merchants do. Called on one thread that does nothing else ({@code merchant-health}), after what is told
 * stands in the database: it may wait, but what follows waits with it. What it throws is logged.
 */
public interface HealthListener {

    /** A breaker changed; told on one node of the cluster only. */
    void breakerChanged(BreakerChange change);

    /** A merchant became slow on this node, or is fast again. */
    void speedChanged(SpeedChange change);
}

package io.orderwatch.job.notification;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.Histogram;
import com.codahale.metrics.LockFreeExponentiallyDecayingReservoir;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Timer;

/** The figures of delivery, all under {@code notification.}. */
final class DeliveryMetrics {

    /** Accepted by their merchant. */
    final Meter delivered;
    /** Failed, and to be tried again. */
    final Meter retried;
    /** Failed for the last time. */
    final Meter dead;
    /** Claimed and given back with no try used up. */
    final Meter released;
    /** Put into the lane of a merchant that cannot be told now. */
    final Meter parked;
    /** Not claimed since a switch is off. */
    final Meter held;
    /** Set aside with a reason. */
    final Counter setAside;
    /** Sent, or to be sent, though the merchant may have it already. */
    final Counter possibleDuplicate;
    /** Results that came after their claim had passed to somebody else. */
    final Counter stale;
    /** Results that could not be written while their claim lasted. */
    final Counter resultLost;
    /** From the start of a try to its end, whatever came of it. */
    final Timer post;

    /** Claimed as they were written. */
    final Meter boarded;
    /** Ids in a transaction that claims. */
    final Histogram claimBatch;
    /** Results in a transaction that records. */
    final Histogram recordBatch;

    private final MetricRegistry registry;

    DeliveryMetrics(MetricRegistry registry) {
        this.registry = registry;
        this.delivered = registry.meter("notification.delivered");
        this.retried = registry.meter("notification.retried");
        this.dead = registry.meter("notification.dead");
        this.released = registry.meter("notification.released");
        this.parked = registry.meter("notification.parked");
        this.held = registry.meter("notification.held");
        this.setAside = registry.counter("notification.set_aside");
        this.possibleDuplicate = registry.counter("notification.possible_duplicate");
        this.stale = registry.counter("notification.stale_result");
        this.resultLost = registry.counter("notification.result_lost");
        this.boarded = registry.meter("notification.claimed_at_first");
        this.claimBatch = registry.histogram("notification.claim_batch");
        this.recordBatch = registry.histogram("notification.record_batch");
        this.post = registry.timer(
                "notification.post",
                () -> new Timer(LockFreeExponentiallyDecayingReservoir.builder().build()));
    }

    void watch(Lanes lanes) {
        registry.gauge("notification.in_flight", () -> (Gauge<Integer>) lanes::sending);
        registry.gauge("notification.claimed", () -> (Gauge<Integer>) lanes::claimed);
        registry.gauge("notification.slow_merchants", () -> (Gauge<Integer>) lanes::slow);
        registry.gauge("notification.queued", () -> (Gauge<Integer>) lanes::queued);
    }
}

package io.orderwatch.node.breaker;

import io.orderwatch.job.notification.Breakers.Pass;

/** What the calls of an endpoint came to since they were last reported. Immutable. */
record Tally(
        long merchantId,
        long endpointId,
        long epoch,
        boolean probe,
        int calls,
        int failed,
        int slow,
        int failedSinceSuccess) {

    static Tally of(Pass pass, boolean success, boolean slow) {
        int failed = success ? 0 : 1;
        return new Tally(
                pass.merchantId(), pass.endpointId(), pass.epoch(), pass.probe(), 1, failed, slow ? 1 : 0, failed);
    }

    /** This and what came after it; what belongs to an older epoch is dropped. */
    Tally and(Tally later) {
        if (later.epoch != epoch) {
            return later.epoch > epoch ? later : this;
        }
        return new Tally(
                merchantId,
                endpointId,
                epoch,
                probe || later.probe,
                calls + later.calls,
                failed + later.failed,
                slow + later.slow,
                later.calls > later.failed ? later.failedSinceSuccess : failedSinceSuccess + later.failed);
    }

    boolean urgent() {
        return failed > 0 || probe;
    }
}

package io.orderwatch.job.alert;

import io.orderwatch.dao.alert.Figures;
import io.orderwatch.job.notification.TryListener;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** Counts what merchants answer until somebody writes it down. Safe for use by many threads. */
final class DeliveryTally implements TryListener {

    private Map<Long, Figures> counted = new HashMap<>();

    @Override
    public synchronized void tried(long merchantId, boolean accepted, boolean answered, Duration took) {
        counted.merge(merchantId, new Figures(1, accepted ? 1 : 0, answered ? 0 : 1, took.toMillis()), Figures::plus);
    }

    /** All that was counted since the last time. */
    synchronized Map<Long, Figures> take() {
        Map<Long, Figures> taken = counted;
        counted = new HashMap<>();
        return taken;
    }

    /** What was taken and could not be written. */
    synchronized void giveBack(Map<Long, Figures> taken) {
        taken.forEach((merchant, figures) -> counted.merge(merchant, figures, Figures::plus));
    }
}

package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.Retries;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** When a notification is tried, as long as none of its tries succeeds. Pure. */
public final class RetryPreview {

    private RetryPreview() {}

    /**
     * A try.
     *
     * @param number from 1
     * @param after the wait since the one before it, a tenth more or less
     * @param sinceFirst after the first
     * @param at moment, if none is early or late
     */
    public record Try(int number, Duration after, Duration sinceFirst, Instant at) {}

    /**
     * All tries; after the last the notification is DEAD. How long the tries themselves take is left out.
     *
     * @param first moment of the first try
     * @return empty when there is no such preset, or the delays are no list
     */
    public static Optional<List<Try>> of(Retries retries, Instant first) {
        return plan(retries).map(plan -> tries(plan, first));
    }

    /** The names of all presets. */
    public static String presets() {
        return RetryPreset.names();
    }

    private static Optional<RetryPlan> plan(Retries retries) {
        @Nullable String delays = retries.delays();
        return delays == null || delays.isBlank()
                ? RetryPreset.named(retries.preset()).map(RetryPreset::plan)
                : RetryPlan.parse(delays);
    }

    private static List<Try> tries(RetryPlan plan, Instant first) {
        List<Try> tries = new ArrayList<>();
        Duration since = Duration.ZERO;
        tries.add(new Try(1, Duration.ZERO, since, first));
        for (Duration wait : plan.delays()) {
            since = since.plus(wait);
            tries.add(new Try(tries.size() + 1, wait, since, first.plus(since)));
        }
        return tries;
    }
}

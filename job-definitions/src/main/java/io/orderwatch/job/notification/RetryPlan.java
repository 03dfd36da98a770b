package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.Next;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How long to wait before the second, third, ... try. With {@code 5s,30s,5m} a notification is tried four times and is
 * then dead.
 *
 * @param delays may be empty: one try only
 */
record RetryPlan(List<Duration> delays) {

    /** A merchant that asks for more is tried again then: it may have been wrong about itself. */
    static final Duration LONGEST_ASKED = Duration.ofHours(1);

    private static final Pattern STEP = Pattern.compile("(\\d{1,9})(ms|s|m|h)");
    private static final double JITTER = 0.1;

    RetryPlan {
        delays = List.copyOf(delays);
    }

    /** Reads {@code 5s,30s,5m}; units are ms, s, m and h. Empty when the text is not such a list. */
    static Optional<RetryPlan> parse(String text) {
        List<Duration> delays = new ArrayList<>();
        for (String step : text.split(",", -1)) {
            Matcher matcher = STEP.matcher(step.strip());
            if (!matcher.matches()) {
                return Optional.empty();
            }
            long figure = Long.parseLong(matcher.group(1));
            delays.add(
                    switch (matcher.group(2)) {
                        case "ms" -> Duration.ofMillis(figure);
                        case "s" -> Duration.ofSeconds(figure);
                        case "m" -> Duration.ofMinutes(figure);
                        default -> Duration.ofHours(figure);
                    });
        }
        return Optional.of(new RetryPlan(delays));
    }

    /** Whether a try is the last one. */
    boolean last(int attempt) {
        return attempt > delays.size();
    }

    /**
     * What becomes of a notification after a try.
     *
     * @param attempt number of the try, from 1
     */
    Next next(Verdict verdict, int attempt, RandomGenerator random) {
        if (verdict.delivered()) {
            return new Next.Delivered();
        }
        if (last(attempt)) {
            return new Next.Dead();
        }
        Duration planned = jittered(delays.get(attempt - 1), random);
        Duration asked = verdict.retryAfter();
        if (asked == null || asked.compareTo(planned) <= 0) {
            return new Next.Retry(planned);
        }
        // never before the time it asked for, and not all at that time
        Duration bounded = asked.compareTo(LONGEST_ASKED) <= 0 ? asked : LONGEST_ASKED;
        Duration later = bounded.plus(Duration.ofMillis(Math.round(bounded.toMillis() * JITTER * random.nextDouble())));
        return new Next.Retry(later.compareTo(planned) > 0 ? later : planned);
    }

    /** A tenth more or less, so that what failed together does not come back together. */
    private static Duration jittered(Duration delay, RandomGenerator random) {
        double factor = 1 + JITTER * (2 * random.nextDouble() - 1);
        return Duration.ofMillis(Math.round(delay.toMillis() * factor));
    }
}

package io.orderwatch.job.notification;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How long to wait before the second, third, ... try. With the default of {@code 5s,30s,5m} a notification is tried four
 * times and is then dead.
 *
 * @param delays may be empty: one try only
 */
record RetryPlan(List<Duration> delays) {

    static final RetryPlan DEFAULT =
            new RetryPlan(List.of(Duration.ofSeconds(5), Duration.ofSeconds(30), Duration.ofMinutes(5)));

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

    /**
     * The wait after a try that failed, a tenth more or less so that what failed together does not come back together.
     *
     * @param attempt number of the try that failed, from 1
     * @return empty when that was the last
     */
    Optional<Duration> after(int attempt, RandomGenerator random) {
        if (attempt > delays.size()) {
            return Optional.empty();
        }
        double factor = 1 + JITTER * (2 * random.nextDouble() - 1);
        return Optional.of(Duration.ofMillis(Math.round(delays.get(attempt - 1).toMillis() * factor)));
    }
}

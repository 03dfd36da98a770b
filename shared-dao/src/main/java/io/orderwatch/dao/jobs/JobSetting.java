package io.orderwatch.dao.jobs;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A row of {@code job_settings}: what operators want, and what is in force.
 *
 * @param interval null when a cron expression is given
 * @param cron null when an interval is given
 * @param appliedEnabled null: nothing was applied yet
 * @param appliedSchedule as {@link #schedule()} writes it; null: nothing was applied yet
 * @param rejected why the last change was not taken; null: it was
 */
public record JobSetting(
        String job,
        boolean enabled,
        @Nullable Duration interval,
        @Nullable String cron,
        @Nullable Boolean appliedEnabled,
        @Nullable String appliedSchedule,
        @Nullable String rejected) {

    /** The wanted schedule as one text: {@code 500ms}, a cron expression, both apart by a comma, or nothing. */
    public String schedule() {
        String every = interval == null ? "" : interval.toMillis() + "ms";
        String at = cron == null ? "" : cron;
        return every.isEmpty() || at.isEmpty() ? every + at : every + ", " + at;
    }
}

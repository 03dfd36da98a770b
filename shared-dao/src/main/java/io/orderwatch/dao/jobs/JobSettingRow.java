package io.orderwatch.dao.jobs;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

record JobSettingRow(
        String job,
        boolean enabled,
        @Nullable Integer intervalMs,
        @Nullable String cron,
        @Nullable Boolean appliedEnabled,
        @Nullable String appliedSchedule,
        @Nullable String rejected) {

    JobSetting setting() {
        return new JobSetting(
                job,
                enabled,
                intervalMs == null ? null : Duration.ofMillis(intervalMs),
                cron,
                appliedEnabled,
                appliedSchedule,
                rejected);
    }
}

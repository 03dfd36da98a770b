package io.orderwatch.dao.jobs;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

record JobRunRow(
        String job,
        String node,
        Instant lastStartedAt,
        int lastDurationMs,
        long runs,
        long worked,
        long failures,
        @Nullable String lastError,
        @Nullable Instant lastErrorAt) {

    private static final int ERROR_LENGTH = 512;

    static JobRunRow of(JobRun run) {
        String error = run.lastError();
        return new JobRunRow(
                run.job(),
                run.node(),
                run.lastStartedAt(),
                (int) Math.min(Integer.MAX_VALUE, run.lastDuration().toMillis()),
                run.runs(),
                run.worked(),
                run.failures(),
                error == null || error.length() <= ERROR_LENGTH ? error : error.substring(0, ERROR_LENGTH),
                run.lastErrorAt());
    }

    JobRun run() {
        return new JobRun(
                job,
                node,
                lastStartedAt,
                Duration.ofMillis(lastDurationMs),
                runs,
                worked,
                failures,
                lastError,
                lastErrorAt);
    }
}

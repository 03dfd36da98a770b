package io.orderwatch.dao.jobs;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a job does on a node.
 *
 * @param runs since the node joined
 * @param worked rows dealt with since the node joined
 * @param failures runs that ended with an error since the node joined
 * @param lastError null: there was none
 */
public record JobRun(
        String job,
        String node,
        Instant lastStartedAt,
        Duration lastDuration,
        long runs,
        long worked,
        long failures,
        @Nullable String lastError,
        @Nullable Instant lastErrorAt) {}

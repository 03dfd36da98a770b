package io.orderwatch.node.quartz;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A job as it stands in the cluster.
 *
 * @param group name of the job, such as {@code order-scan}
 * @param name id of the node whose job it is, or {@code cluster}
 * @param state WAITING, RUNNING, PAUSED or ERROR
 * @param schedule {@code 500ms}, or a cron expression; null: unreadable
 * @param next null: none
 * @param previous null: none yet
 * @param runningOn nodes that run it now
 */
public record JobState(
        String group,
        String name,
        String state,
        @Nullable String schedule,
        @Nullable Instant next,
        @Nullable Instant previous,
        List<String> runningOn) {}

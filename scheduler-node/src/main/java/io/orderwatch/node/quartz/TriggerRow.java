package io.orderwatch.node.quartz;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.quartz.JobKey;
import org.quartz.TriggerKey;

/**
 * The trigger of a job as the database has it now.
 *
 * @param state as Quartz writes it: WAITING, ACQUIRED, BLOCKED, PAUSED, PAUSED_BLOCKED, ERROR, ...
 * @param schedule as {@link Schedule#text()}; null: its own row is missing
 * @param next null: none
 * @param previous null: none yet
 */
record TriggerRow(
        JobKey job,
        TriggerKey key,
        String state,
        @Nullable String schedule,
        @Nullable Instant next,
        @Nullable Instant previous) {

    /** Whether it is the one that the job's schedule stands in, not one for a single firing. */
    boolean regular() {
        return key.getName().equals(job.getName()) && key.getGroup().equals(job.getGroup());
    }

    boolean paused() {
        return state.startsWith("PAUSED");
    }

    boolean waiting() {
        return state.equals("WAITING");
    }

    /** Whether a node has taken it, and waits for the moment to fire it. */
    boolean acquired() {
        return state.equals("ACQUIRED");
    }
}

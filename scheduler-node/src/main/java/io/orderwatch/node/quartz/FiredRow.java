package io.orderwatch.node.quartz;

import org.jspecify.annotations.Nullable;
import org.quartz.JobKey;
import org.quartz.TriggerKey;

/**
 * A trigger that a node has reserved, or whose job it runs.
 *
 * @param job null while it is only reserved
 * @param state ACQUIRED or EXECUTING
 */
record FiredRow(TriggerKey trigger, @Nullable JobKey job, String instance, String state) {

    boolean executing() {
        return state.equals("EXECUTING");
    }
}

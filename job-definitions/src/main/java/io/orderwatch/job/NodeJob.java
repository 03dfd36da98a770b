package io.orderwatch.job;

import java.util.function.BooleanSupplier;

/** Work that each node does for itself, such as removing its own old log files. */
public interface NodeJob {

    /** Name of the job, which is also its Quartz group and its row in {@code job_settings}. */
    String name();

    /**
     * Does all that is due.
     *
     * @param stopped asked between steps; true when the node is stopping
     * @return things dealt with
     */
    int run(BooleanSupplier stopped);
}

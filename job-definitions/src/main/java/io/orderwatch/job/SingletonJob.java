package io.orderwatch.job;

import java.util.function.BooleanSupplier;

/** Work that one node does for the whole cluster. */
public interface SingletonJob {

    /** Name of the job, which is also its Quartz group and its row in {@code job_settings}. */
    String name();

    /**
     * Does all that is due.
     *
     * @param stopped asked between batches; true when the node is stopping
     * @return rows dealt with
     */
    int run(BooleanSupplier stopped);
}

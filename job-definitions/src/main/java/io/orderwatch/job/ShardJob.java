package io.orderwatch.job;

/** Work that each node does on its own shards, batch by batch. */
public interface ShardJob {

    /** Name of the job, which is also its Quartz group and its row in {@code job_settings}. */
    String name();

    /**
     * Does one batch over the shards of the tenure. The caller calls again while the answer says that there is more.
     * Safe to call on several nodes at once; never called twice at a time on one node.
     */
    Sweep sweep(Tenure tenure);
}

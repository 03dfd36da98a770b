package io.orderwatch.node.jmx;

import java.util.List;

/**
 * The jobs of the whole cluster, {@code io.orderwatch:type=Jobs}; any node answers for all. A job is named as its row in
 * {@code job_settings}; its owner is the id of a node, or {@code cluster}. Quartz's own MBean stands beside it.
 */
public interface JobsMXBean {

    /** Every job of every node. */
    List<JobView> getJobs();

    /** The same as a table for a terminal. */
    String list();

    /** Pauses the job on all nodes, those that join later included. */
    void pauseJob(String job);

    /** Ends {@link #pauseJob}. */
    void resumeJob(String job);

    /** Has the job of one owner run once, now, paused or not. */
    void triggerNow(String job, String owner);

    /** Takes the job of one owner out of state ERROR. */
    void resetFromError(String job, String owner);

    /** Finds and repairs what is wrong in Quartz's tables, and tells each repair in a line. */
    String repair();
}

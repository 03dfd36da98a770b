package io.orderwatch.node.quartz;

import org.jspecify.annotations.Nullable;
import org.quartz.JobKey;

/**
 * Something wrong in Quartz's tables.
 *
 * @param subject what is wrong, as an operator names it
 * @param detail the rest of the sentence that begins with the subject
 * @param trigger null: it is not about a trigger that is there
 * @param job null: it is not about one job
 */
record Finding(
        Kind kind,
        String subject,
        String detail,
        @Nullable TriggerRow trigger,
        @Nullable JobKey job) {

    /** In the order in which they are put right. */
    enum Kind {
        /** A row that all nodes lock one after the other is missing. */
        LOCK_MISSING,
        /** A node that is gone has rows of what it reserved or ran. */
        RUN_ORPHANED,
        /** A node that is gone has jobs. */
        NODE_GONE,
        /** A trigger is ACQUIRED, and nobody has reserved it. */
        RESERVATION_LOST,
        /** A trigger is BLOCKED, and its job does not run. */
        BLOCK_LOST,
        /** A trigger is in state ERROR. */
        IN_ERROR,
        /** A job has no trigger. */
        TRIGGER_MISSING,
        /** A trigger should have fired long ago. */
        LATE
    }

    static Finding of(Kind kind, TriggerRow row, String detail) {
        return new Finding(kind, name(row.job()), detail, row, row.job());
    }

    static Finding of(Kind kind, JobKey job, String detail) {
        return new Finding(kind, name(job), detail, null, job);
    }

    static Finding of(Kind kind, String subject, String detail) {
        return new Finding(kind, subject, detail, null, null);
    }

    String sentence() {
        return subject + " " + detail;
    }

    private static String name(JobKey job) {
        return job.getGroup() + "/" + job.getName();
    }
}

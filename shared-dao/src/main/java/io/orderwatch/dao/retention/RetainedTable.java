package io.orderwatch.dao.retention;

/** A table whose rows go when they are old enough. */
public enum RetainedTable {
    ORDER_STATUS_LOGS("order_status_logs", "TRUE", "created_at", Walk.ALONG_GROWING_KEYS),
    NOTIFICATION_ATTEMPTS("notification_attempts", "TRUE", "created_at", Walk.ALONG_GROWING_KEYS),
    STATUS_CHANGES("status_changes", "TRUE", "created_at", Walk.ALONG_GROWING_KEYS),
    BREAKER_CHANGES("breaker_changes", "TRUE", "created_at", Walk.ALONG_GROWING_KEYS),
    AUDIT_LOG("audit_log", "TRUE", "created_at", Walk.ALONG_GROWING_KEYS),
    DELIVERED_NOTIFICATIONS("notifications", "state = 'DELIVERED'", "finished_at", Walk.OVER_ALL_KEYS),
    DEAD_NOTIFICATIONS("notifications", "state = 'DEAD'", "finished_at", Walk.OVER_ALL_KEYS),
    /** Incidents that are over; an open one stays however old it is. */
    ALERTS("alerts", "closed_at IS NOT NULL", "closed_at", Walk.OVER_ALL_KEYS),
    /** Messages that were sent or given up. */
    ALERT_NOTICES("alert_notices", "due_at IS NULL", "created_at", Walk.ALONG_GROWING_KEYS),
    DELIVERY_MINUTES("delivery_minutes", "TRUE", "minute", Walk.BY_AGE),
    /** Entries whose row was set free, or is gone; what still waits for somebody to mend it stays. */
    SET_ASIDE("set_aside", "closed_at IS NOT NULL", "closed_at", Walk.BY_AGE),
    /** Epochs that are over: who owns a shard now, and since when, stays. */
    SHARD_EPOCHS(
            "shard_epochs",
            "epoch < (SELECT l.epoch FROM shard_leases l WHERE l.shard = shard_epochs.shard)",
            "granted_at",
            Walk.BY_AGE),
    /** Figures of nodes that are gone; those of a job that is paused on a node that lives stay. */
    JOB_RUNS(
            "job_runs",
            "node NOT IN (SELECT l.node FROM node_leases l WHERE l.lease_until > UTC_TIMESTAMP(6))",
            "updated_at",
            Walk.BY_AGE);

    /** How the rows that are old enough are come by. */
    enum Walk {
        /** Along {@code id} from its oldest end: a young row means that all after it are young. */
        ALONG_GROWING_KEYS,
        /**
         * Along {@code id}, over all that is kept, once a run: a refund today of an old order has an old key, and an
         * incident that lasted long closes after younger ones.
         */
        OVER_ALL_KEYS,
        /** By the age itself: it has an index, or the table is small. */
        BY_AGE
    }

    private final String table;
    private final String condition;
    private final String agedBy;
    private final Walk walk;

    RetainedTable(String table, String condition, String agedBy, Walk walk) {
        this.table = table;
        this.condition = condition;
        this.agedBy = agedBy;
        this.walk = walk;
    }

    String table() {
        return table;
    }

    /** Which of its rows may go at all. */
    String condition() {
        return condition;
    }

    /** Column that tells a row's age. */
    String agedBy() {
        return agedBy;
    }

    Walk walk() {
        return walk;
    }
}

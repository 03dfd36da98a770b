package io.orderwatch.dao.retention;

/** A table whose rows go when they are old enough. */
public enum RetainedTable {
    ORDER_STATUS_LOGS("order_status_logs", "TRUE", "created_at", true),
    NOTIFICATION_ATTEMPTS("notification_attempts", "TRUE", "created_at", true),
    STATUS_CHANGES("status_changes", "TRUE", "created_at", true),
    DELIVERED_NOTIFICATIONS("notifications", "state = 'DELIVERED'", "finished_at", false),
    DEAD_NOTIFICATIONS("notifications", "state = 'DEAD'", "finished_at", false);

    private final String table;
    private final String condition;
    private final String agedBy;
    private final boolean keysGrowWithTime;

    RetainedTable(String table, String condition, String agedBy, boolean keysGrowWithTime) {
        this.keysGrowWithTime = keysGrowWithTime;
        this.table = table;
        this.condition = condition;
        this.agedBy = agedBy;
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

    /**
     * Whether a young row means that all after it are young. Not so for notifications: a refund today of an old order has
     * an old key. Their walk goes over all that is kept, once a run.
     */
    boolean keysGrowWithTime() {
        return keysGrowWithTime;
    }
}

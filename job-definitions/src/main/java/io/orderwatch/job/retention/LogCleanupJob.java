package io.orderwatch.job.retention;

import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import io.orderwatch.dao.Database;
import io.orderwatch.dao.retention.Purged;
import io.orderwatch.dao.retention.RetainedTable;
import io.orderwatch.dao.retention.RetentionStore;
import io.orderwatch.job.SingletonJob;
import java.time.Duration;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes log rows past their age, for the whole cluster, in batches that lock only what they remove. */
public final class LogCleanupJob implements SingletonJob {

    public static final String NAME = "log-cleanup";

    private static final Logger LOG = LoggerFactory.getLogger(LogCleanupJob.class);

    private final Database database;
    private final RetentionStore retention = new RetentionStore();
    private final RetentionSettings settings;
    private final Meter removed;

    public LogCleanupJob(Database database, RetentionSettings settings, MetricRegistry metrics) {
        this.database = database;
        this.settings = settings;
        this.removed = metrics.meter("retention.removed");
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int run(BooleanSupplier stopped) {
        int rows = 0;
        for (Map.Entry<RetainedTable, Duration> each : settings.ages().entrySet()) {
            int purged = purge(each.getKey(), each.getValue(), stopped);
            if (purged > 0) {
                LOG.info("Removed {} rows older than {} ({})", purged, each.getValue(), each.getKey());
            }
            rows += purged;
        }
        return rows;
    }

    private int purge(RetainedTable table, Duration age, BooleanSupplier stopped) {
        int rows = 0;
        long last = RetentionStore.FROM_THE_START;
        boolean more = true;
        while (more && !stopped.getAsBoolean()) {
            long after = last;
            Purged batch = database.inTransaction(tx -> retention.purge(tx, table, after, age, settings.batch()));
            rows += batch.rows();
            removed.mark(batch.rows());
            last = batch.lastId();
            more = batch.more() && pause();
        }
        return rows;
    }

    private boolean pause() {
        try {
            Thread.sleep(settings.pause().toMillis());
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}

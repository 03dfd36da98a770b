package io.orderwatch.job.retention;

import io.orderwatch.dao.retention.RetainedTable;
import java.time.Duration;
import java.util.Map;

/**
 * How long rows are kept.
 *
 * @param ages tables that are not named keep their rows for ever
 * @param batch rows removed in one transaction
 * @param pause between two batches, so that a long purge leaves the database to those who work
 */
public record RetentionSettings(Map<RetainedTable, Duration> ages, int batch, Duration pause) {}

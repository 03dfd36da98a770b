package io.orderwatch.node.quartz;

import com.codahale.metrics.MetricRegistry;
import io.orderwatch.dao.jobs.JobRun;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * How each job does on this node since it started, kept in memory until it is written to {@code job_runs}. Safe for use
 * by many threads.
 */
final class RunBook {

    private final String node;
    private final MetricRegistry metrics;
    private final Map<String, Page> pages = new ConcurrentHashMap<>();

    RunBook(String node, MetricRegistry metrics) {
        this.node = node;
        this.metrics = metrics;
    }

    /** @param error null: the run ended well */
    long enter(String job, Instant startedAt, Duration took, int worked, @Nullable String error) {
        metrics.timer(MetricRegistry.name("job", job, "run")).update(took);
        metrics.meter(MetricRegistry.name("job", job, "worked")).mark(worked);
        if (error != null) {
            metrics.meter(MetricRegistry.name("job", job, "failures")).mark();
        }
        return pages.computeIfAbsent(job, Page::new).enter(startedAt, took, worked, error);
    }

    /** What has changed since this was asked last. */
    List<JobRun> changed() {
        List<JobRun> changed = new ArrayList<>();
        for (Page page : pages.values()) {
            JobRun run = page.takeChanged(node);
            if (run != null) {
                changed.add(run);
            }
        }
        return changed;
    }

    /** To be called when what {@link #changed()} gave could not be written. */
    void keep(Collection<JobRun> unwritten) {
        for (JobRun run : unwritten) {
            pages.computeIfAbsent(run.job(), Page::new).keep();
        }
    }

    private static final class Page {

        private final String job;
        private boolean changed;
        private Instant lastStartedAt = Instant.EPOCH;
        private Duration lastDuration = Duration.ZERO;
        private long runs;
        private long worked;
        private long failures;
        private @Nullable String lastError;
        private @Nullable Instant lastErrorAt;

        Page(String job) {
            this.job = job;
        }

        synchronized long enter(Instant startedAt, Duration took, int rows, @Nullable String error) {
            changed = true;
            lastStartedAt = startedAt;
            lastDuration = took;
            runs++;
            worked += rows;
            if (error != null) {
                failures++;
                lastError = error;
                lastErrorAt = startedAt.plus(took);
            }
            return failures;
        }

        synchronized @Nullable JobRun takeChanged(String node) {
            if (!changed) {
                return null;
            }
            changed = false;
            return new JobRun(job, node, lastStartedAt, lastDuration, runs, worked, failures, lastError, lastErrorAt);
        }

        synchronized void keep() {
            changed = true;
        }
    }
}

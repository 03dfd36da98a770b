package io.orderwatch.dao.jobs;

import io.orderwatch.dao.Tx;
import java.util.Collection;
import java.util.List;

/** When each job runs, and how it did. Stateless. */
public final class JobStore {

    private static final int REASON_LENGTH = 255;

    /** All jobs, by name. */
    public List<JobSetting> settings(Tx tx) {
        return tx.mapper(JobMapper.class).settings().stream()
                .map(JobSettingRow::setting)
                .toList();
    }

    /** Writes down what is in force from now on. */
    public void applied(Tx tx, String job, boolean enabled, String schedule) {
        tx.mapper(JobMapper.class).applied(job, enabled, schedule);
    }

    /** Writes down why a change was not taken; what is in force stays. */
    public void rejected(Tx tx, String job, String why) {
        tx.mapper(JobMapper.class).rejected(job, why.length() <= REASON_LENGTH ? why : why.substring(0, REASON_LENGTH));
    }

    /** Writes the figures of several jobs in one statement; they replace the earlier ones. */
    public void record(Tx tx, Collection<JobRun> runs) {
        tx.batch(JobMapper.class, runs, (mapper, run) -> mapper.record(JobRunRow.of(run)));
    }

    /** The last figures of all jobs on all nodes. */
    public List<JobRun> runs(Tx tx) {
        return tx.mapper(JobMapper.class).runs().stream().map(JobRunRow::run).toList();
    }

    /** All jobs as the scheduler has them, by job and name; those that were started by hand are left out. */
    public List<JobTrigger> triggers(Tx tx) {
        return tx.mapper(JobMapper.class).triggers();
    }
}

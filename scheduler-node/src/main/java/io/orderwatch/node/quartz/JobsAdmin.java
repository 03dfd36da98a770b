package io.orderwatch.node.quartz;

import io.orderwatch.dao.Database;
import io.orderwatch.dao.cluster.ClusterStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.quartz.JobKey;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.TriggerKey;
import org.quartz.impl.matchers.GroupMatcher;

/**
 * What operators do to jobs, in the whole cluster through any node, with a row in the audit log each time. Safe for use
 * by many threads. An unknown job gives an IllegalArgumentException that names the known ones; a database that is away
 * an IllegalStateException.
 */
public final class JobsAdmin {

    private final Scheduler scheduler;
    private final ClusterJobStore store;
    private final QuartzDoctor doctor;
    private final Database database;
    private final ClusterStore cluster;

    JobsAdmin(
            Scheduler scheduler, ClusterJobStore store, QuartzDoctor doctor, Database database, ClusterStore cluster) {
        this.scheduler = scheduler;
        this.store = store;
        this.doctor = doctor;
        this.database = database;
        this.cluster = cluster;
    }

    /** All jobs of the cluster, by group and name. */
    public List<JobState> jobs() {
        return asked(() -> {
            Map<JobKey, List<String>> running = store.running();
            List<JobState> states = new ArrayList<>();
            for (TriggerRow row : store.allTriggers()) {
                if (row.regular()) {
                    List<String> on = running.getOrDefault(row.job(), List.of());
                    states.add(new JobState(
                            row.job().getGroup(),
                            row.job().getName(),
                            state(row, on),
                            row.schedule(),
                            row.next(),
                            row.previous(),
                            on));
                }
            }
            return states;
        });
    }

    private static String state(TriggerRow row, List<String> runningOn) {
        if (row.paused()) {
            return "PAUSED";
        }
        if (row.state().equals("ERROR")) {
            return "ERROR";
        }
        return runningOn.isEmpty() ? "WAITING" : "RUNNING";
    }

    /** Pauses the job on all nodes, those that join later included. */
    public void pause(String actor, String job) {
        asked(() -> {
            known(job);
            scheduler.pauseJobs(GroupMatcher.jobGroupEquals(job));
            return audit(actor, "pause-job", job, "");
        });
    }

    /** Resumes the job on all nodes. */
    public void resume(String actor, String job) {
        asked(() -> {
            known(job);
            scheduler.resumeJobs(GroupMatcher.jobGroupEquals(job));
            return audit(actor, "resume-job", job, "");
        });
    }

    /** Has the job run once as soon as possible, even if it is paused; it runs on the node whose job it is. */
    public void triggerNow(String actor, String job, String name) {
        asked(() -> {
            known(job, name);
            scheduler.triggerJob(new JobKey(name, job));
            return audit(actor, "trigger-job", job + "/" + name, "");
        });
    }

    /** Takes the job out of ERROR, into WAITING or PAUSED as its group is. */
    public void resetFromError(String actor, String job, String name) {
        asked(() -> {
            known(job, name);
            scheduler.resetTriggerFromErrorState(new TriggerKey(name, job));
            return audit(actor, "reset-job", job + "/" + name, "");
        });
    }

    /** Has the doctor look at once, and returns a sentence for each thing that it repaired. */
    public List<String> repair(String actor) {
        return doctor.repairNow(actor);
    }

    private void known(String job) throws SchedulerException {
        var groups = new TreeSet<>(scheduler.getJobGroupNames());
        if (!groups.contains(job)) {
            throw new IllegalArgumentException("There is no job named " + job + "; there are " + groups);
        }
    }

    private void known(String job, String name) throws SchedulerException {
        known(job);
        if (!scheduler.checkExists(new JobKey(name, job))) {
            var names = new TreeSet<String>();
            scheduler.getJobKeys(GroupMatcher.jobGroupEquals(job)).forEach(key -> names.add(key.getName()));
            throw new IllegalArgumentException(
                    "There is no job " + job + " of " + name + "; there are those of " + names);
        }
    }

    private Void audit(String actor, String action, String subject, String detail) {
        database.run(tx -> cluster.audit(tx, actor, action, subject, detail));
        return null;
    }

    private interface Question<T> {
        T ask() throws SchedulerException;
    }

    private static <T> T asked(Question<T> question) {
        try {
            return question.ask();
        } catch (SchedulerException e) {
            throw new IllegalStateException("The Quartz store does not answer: " + Outage.innermost(e), e);
        }
    }
}

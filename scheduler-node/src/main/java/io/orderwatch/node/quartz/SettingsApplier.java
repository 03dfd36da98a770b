package io.orderwatch.node.quartz;

import io.orderwatch.dao.Database;
import io.orderwatch.dao.jobs.JobSetting;
import io.orderwatch.dao.jobs.JobStore;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.impl.matchers.GroupMatcher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts into force what operators write into {@code job_settings}. Only the leader does it; done twice it does no harm.
 * A wish that makes no sense is answered in the row, and what was in force stays.
 *
 * <p>Pausing comes first, then the row says what is in force, then the triggers of all nodes are changed. Whoever dies
 * in between has either done nothing that the next leader will not do again, or left triggers that their nodes put
 * right by the row.
 */
final class SettingsApplier {

    private static final Logger LOG = LoggerFactory.getLogger(SettingsApplier.class);

    private final Scheduler scheduler;
    private final ClusterJobStore store;
    private final Database database;
    private final JobStore jobs;
    private final Set<String> known;

    /** @param known jobs that this node knows; the rows of others are left to a node that knows them */
    SettingsApplier(Scheduler scheduler, ClusterJobStore store, Database database, JobStore jobs, Set<String> known) {
        this.scheduler = scheduler;
        this.store = store;
        this.database = database;
        this.jobs = jobs;
        this.known = Set.copyOf(known);
    }

    /** @return whether a row was written */
    boolean apply(List<JobSetting> settings) throws SchedulerException {
        boolean wrote = false;
        for (JobSetting setting : settings) {
            if (known.contains(setting.job())) {
                wrote |= apply(setting);
            }
        }
        return wrote;
    }

    private boolean apply(JobSetting setting) throws SchedulerException {
        Schedule wish;
        try {
            wish = Schedule.of(setting);
        } catch (IllegalArgumentException e) {
            return reject(setting, e.getMessage());
        }
        boolean sameSchedule = wish.text().equals(setting.appliedSchedule());
        if (sameSchedule && sameSwitch(setting) && setting.rejected() == null) {
            return false;
        }
        flip(setting);
        database.run(tx -> jobs.applied(tx, setting.job(), setting.enabled(), wish.text()));
        if (!sameSchedule) {
            int changed = store.reschedule(setting.job(), wish);
            LOG.info(
                    "Job {} fires {} from now on instead of {}; {} triggers were changed",
                    setting.job(),
                    wish.text(),
                    setting.appliedSchedule() == null ? "never" : setting.appliedSchedule(),
                    changed);
        }
        return true;
    }

    private boolean reject(JobSetting setting, @Nullable String reason) throws SchedulerException {
        String why = reason == null ? "not understood" : reason;
        // the switch is taken all the same, unless the job never had a schedule
        boolean takeSwitch = setting.appliedSchedule() != null && !sameSwitch(setting);
        if (!takeSwitch && cut(why).equals(setting.rejected())) {
            return false;
        }
        if (takeSwitch) {
            flip(setting);
        }
        database.run(tx -> {
            if (takeSwitch) {
                jobs.applied(tx, setting.job(), setting.enabled(), setting.appliedSchedule());
            }
            jobs.rejected(tx, setting.job(), why);
        });
        LOG.warn(
                "The new setting of job {} is not taken, {} stays in force: {}",
                setting.job(),
                setting.appliedSchedule() == null ? "nothing" : setting.appliedSchedule(),
                why);
        return true;
    }

    // what is cut to its column must not look like another reason at the next look
    private static String cut(String why) {
        return why.length() <= 255 ? why : why.substring(0, 255);
    }

    private static boolean sameSwitch(JobSetting setting) {
        return setting.appliedEnabled() != null && setting.appliedEnabled() == setting.enabled();
    }

    private void flip(JobSetting setting) throws SchedulerException {
        // a job that is new is not resumed: an operator may have paused it over JMX before it came
        boolean fresh = setting.appliedEnabled() == null;
        if (sameSwitch(setting) || fresh && setting.enabled()) {
            return;
        }
        if (setting.enabled()) {
            scheduler.resumeJobs(GroupMatcher.jobGroupEquals(setting.job()));
            LOG.info("Job {} is switched on in the whole cluster", setting.job());
        } else {
            scheduler.pauseJobs(GroupMatcher.jobGroupEquals(setting.job()));
            LOG.info("Job {} is switched off in the whole cluster", setting.job());
        }
    }
}

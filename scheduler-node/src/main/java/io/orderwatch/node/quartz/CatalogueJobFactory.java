package io.orderwatch.node.quartz;

import java.util.Map;
import org.quartz.Job;
import org.quartz.JobKey;
import org.quartz.Scheduler;
import org.quartz.spi.JobFactory;
import org.quartz.spi.TriggerFiredBundle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the unit of work of a job by its key. */
final class CatalogueJobFactory implements JobFactory {

    private static final Logger LOG = LoggerFactory.getLogger(CatalogueJobFactory.class);

    private final Map<JobKey, JobRunner> runners;

    CatalogueJobFactory(Map<JobKey, JobRunner> runners) {
        this.runners = runners;
    }

    @Override
    public Job newJob(TriggerFiredBundle bundle, Scheduler scheduler) {
        JobKey key = bundle.getJobDetail().getKey();
        JobRunner runner = runners.get(key);
        if (runner == null) {
            // an exception would set all triggers of the job to ERROR
            return context -> LOG.warn("Job {} was fired here, but this node does not know it", key);
        }
        return new CatalogueJob(runner);
    }
}

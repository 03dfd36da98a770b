package io.orderwatch.node.quartz;

import org.quartz.DisallowConcurrentExecution;
import org.quartz.Job;
import org.quartz.JobExecutionContext;

/** The one class that Quartz knows for all our jobs; its name stands in the database. Never throws. */
@DisallowConcurrentExecution
final class CatalogueJob implements Job {

    private final JobRunner runner;

    CatalogueJob(JobRunner runner) {
        this.runner = runner;
    }

    @Override
    public void execute(JobExecutionContext context) {
        if (context.isRecovering() && runner.paused()) {
            // Quartz makes a trigger of its own for a run that died with its node, which no pause of the job touches
            return;
        }
        runner.fire();
    }
}

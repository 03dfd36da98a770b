package io.orderwatch.node.jmx;

import io.orderwatch.node.quartz.JobsAdmin;
import java.util.List;
import javax.management.MBeanServer;

/** Registers {@link JobsMXBean}, and takes it away again when it is closed. */
public final class ManagedJobs implements JobsMXBean, AutoCloseable {

    /** Name of the MBean. */
    public static final String NAME = "io.orderwatch:type=Jobs";

    private final JobsAdmin admin;
    private final Registration registration;

    /** @throws IllegalStateException when there is such an MBean already */
    public ManagedJobs(JobsAdmin admin, MBeanServer server) {
        this.admin = admin;
        this.registration = new Registration(this, NAME, server);
    }

    @Override
    public List<JobView> getJobs() {
        return admin.jobs().stream().map(JobView::new).toList();
    }

    @Override
    public String list() {
        StringBuilder table = new StringBuilder();
        String line = "%-16s %-24s %-8s %-16s %-24s %-24s %s%n";
        table.append(String.format(line, "job", "owner", "state", "schedule", "next", "previous", "running on"));
        for (JobView job : getJobs()) {
            table.append(String.format(
                    line,
                    job.getJob(),
                    job.getOwner(),
                    job.getState(),
                    job.getSchedule(),
                    job.getNext(),
                    job.getPrevious(),
                    String.join(",", job.getRunningOn())));
        }
        return table.toString();
    }

    @Override
    public void pauseJob(String job) {
        admin.pause(Registration.actor(), job);
    }

    @Override
    public void resumeJob(String job) {
        admin.resume(Registration.actor(), job);
    }

    @Override
    public void triggerNow(String job, String owner) {
        admin.triggerNow(Registration.actor(), job, owner);
    }

    @Override
    public void resetFromError(String job, String owner) {
        admin.resetFromError(Registration.actor(), job, owner);
    }

    @Override
    public String repair() {
        List<String> repairs = admin.repair(Registration.actor());
        return repairs.isEmpty() ? "Nothing is wrong" : String.join(System.lineSeparator(), repairs);
    }

    @Override
    public void close() {
        registration.close();
    }
}

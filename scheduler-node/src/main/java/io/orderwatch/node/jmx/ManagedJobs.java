package io.orderwatch.node.jmx;

import io.orderwatch.node.quartz.JobsAdmin;
import java.rmi.server.RemoteServer;
import java.rmi.server.ServerNotActiveException;
import java.util.List;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;

/** Registers {@link JobsMXBean}, and takes it away again when it is closed. */
public final class ManagedJobs implements JobsMXBean, AutoCloseable {

    /** Name of the MBean. */
    public static final String NAME = "io.orderwatch:type=Jobs";

    private final JobsAdmin admin;
    private final MBeanServer server;

    /** @throws IllegalStateException when there is such an MBean already */
    public ManagedJobs(JobsAdmin admin, MBeanServer server) {
        this.admin = admin;
        this.server = server;
        try {
            server.registerMBean(this, name());
        } catch (JMException e) {
            throw new IllegalStateException("The MBean " + NAME + " cannot be registered: " + e.getMessage(), e);
        }
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
        admin.pause(actor(), job);
    }

    @Override
    public void resumeJob(String job) {
        admin.resume(actor(), job);
    }

    @Override
    public void triggerNow(String job, String owner) {
        admin.triggerNow(actor(), job, owner);
    }

    @Override
    public void resetFromError(String job, String owner) {
        admin.resetFromError(actor(), job, owner);
    }

    @Override
    public String repair() {
        List<String> repairs = admin.repair(actor());
        return repairs.isEmpty() ? "Nothing is wrong" : String.join(System.lineSeparator(), repairs);
    }

    private static String actor() {
        try {
            return "jmx@" + RemoteServer.getClientHost();
        } catch (ServerNotActiveException e) {
            // called within this process, not through a connector
            return "jmx@local";
        }
    }

    @Override
    public void close() {
        try {
            server.unregisterMBean(name());
        } catch (JMException e) {
            throw new IllegalStateException("The MBean " + NAME + " cannot be removed: " + e.getMessage(), e);
        }
    }

    private static ObjectName name() throws MalformedObjectNameException {
        return new ObjectName(NAME);
    }
}

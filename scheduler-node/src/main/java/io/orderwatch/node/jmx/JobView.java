package io.orderwatch.node.jmx;

import io.orderwatch.node.quartz.JobState;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A job as a JMX client shows it: times in ISO 8601 and UTC, an empty text for what is not there. */
public final class JobView {

    private final JobState state;

    JobView(JobState state) {
        this.state = state;
    }

    public String getJob() {
        return state.group();
    }

    public String getOwner() {
        return state.name();
    }

    /** WAITING, RUNNING, PAUSED or ERROR. */
    public String getState() {
        return state.state();
    }

    public String getSchedule() {
        return state.schedule() == null ? "" : state.schedule();
    }

    public String getNext() {
        return text(state.next());
    }

    public String getPrevious() {
        return text(state.previous());
    }

    public List<String> getRunningOn() {
        return state.runningOn();
    }

    private static String text(@Nullable Instant instant) {
        return instant == null ? "" : instant.toString();
    }
}

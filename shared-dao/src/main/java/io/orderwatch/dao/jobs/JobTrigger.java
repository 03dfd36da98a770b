package io.orderwatch.dao.jobs;

/**
 * A job as the scheduler has it.
 *
 * @param job such as {@code order-scan}
 * @param name id of the node whose job it is, or {@code cluster}
 * @param state as Quartz writes it: WAITING, ACQUIRED, BLOCKED, PAUSED, PAUSED_BLOCKED, ERROR, ...
 */
public record JobTrigger(String job, String name, String state) {

    /** Whether somebody paused it, by {@code job_settings} or over JMX. */
    public boolean paused() {
        return state.startsWith("PAUSED");
    }

    /** Whether Quartz gave it up; over JMX it can be reset. */
    public boolean inError() {
        return "ERROR".equals(state);
    }
}

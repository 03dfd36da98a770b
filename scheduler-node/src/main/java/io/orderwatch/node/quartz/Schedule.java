package io.orderwatch.node.quartz;

import io.orderwatch.dao.jobs.JobSetting;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.quartz.CronExpression;
import org.quartz.JobKey;
import org.quartz.Trigger;
import org.quartz.impl.triggers.AbstractTrigger;
import org.quartz.impl.triggers.CronTriggerImpl;
import org.quartz.impl.triggers.SimpleTriggerImpl;
import org.quartz.spi.OperableTrigger;

/**
 * When a job fires: each interval, or by a cron expression in UTC; exactly one of the two is given.
 *
 * <p>An interval is counted from a fixed moment, not from the time when it was set, so that two nodes make the same
 * firing times of it, whatever their clocks said then.
 */
record Schedule(@Nullable Duration interval, @Nullable String cron) {

    static final Duration SHORTEST = Duration.ofMillis(100);

    private static final Pattern INTERVAL = Pattern.compile("(\\d{1,12})ms");
    private static final TimeZone UTC = TimeZone.getTimeZone("UTC");

    /** @throws IllegalArgumentException with a sentence for the operator when neither, both, or nonsense is asked for */
    static Schedule of(JobSetting setting) {
        String cron = setting.cron() == null || setting.cron().isBlank()
                ? null
                : setting.cron().trim();
        Duration interval = setting.interval();
        if (interval == null && cron == null) {
            throw new IllegalArgumentException("Neither interval_ms nor cron is given; give one of them");
        }
        if (interval != null && cron != null) {
            throw new IllegalArgumentException("Both interval_ms and cron are given; set one of them to NULL");
        }
        return interval != null ? every(interval) : at(cron);
    }

    /** Reads what {@link #text()} wrote. */
    static Schedule parse(String text) {
        var matcher = INTERVAL.matcher(text.trim());
        return matcher.matches() ? every(Duration.ofMillis(Long.parseLong(matcher.group(1)))) : at(text.trim());
    }

    /**
     * What the rows of {@code job_settings} say is in force.
     *
     * @param unreadable told the name and the reason where a row was tampered with
     */
    static Map<String, Schedule> inForce(List<JobSetting> settings, BiConsumer<String, @Nullable String> unreadable) {
        Map<String, Schedule> inForce = new HashMap<>();
        for (JobSetting setting : settings) {
            String text = setting.appliedSchedule();
            if (text != null) {
                try {
                    inForce.put(setting.job(), parse(text));
                } catch (IllegalArgumentException e) {
                    unreadable.accept(setting.job(), e.getMessage());
                }
            }
        }
        return inForce;
    }

    static Schedule every(Duration interval) {
        if (interval.compareTo(SHORTEST) < 0) {
            throw new IllegalArgumentException("An interval of " + interval.toMillis() + " ms is too short; "
                    + SHORTEST.toMillis() + " ms is the least");
        }
        return new Schedule(interval, null);
    }

    static Schedule at(String cron) {
        CronExpression expression = expression(cron);
        if (expression.getTimeAfter(new Date()) == null) {
            throw new IllegalArgumentException("The cron expression '" + cron + "' never fires again");
        }
        return new Schedule(null, cron);
    }

    /** As {@code job_settings.applied_schedule} has it: {@code 500ms}, or the cron expression. */
    String text() {
        return interval != null ? interval.toMillis() + "ms" : String.valueOf(cron);
    }

    /** The first firing after the moment; null when there is none, as with a cron expression that names a year. */
    @Nullable Instant next(Instant after, String name) {
        Date next = trigger(name).getFireTimeAfter(Date.from(after));
        return next == null ? null : next.toInstant();
    }

    /**
     * A trigger of the same key as the job. Triggers of one name share their phase, so that a node takes those of its
     * jobs that are due together in one go, while different nodes come at different moments.
     *
     * @throws IllegalArgumentException when it never fires again
     */
    OperableTrigger trigger(JobKey job, Instant now) {
        AbstractTrigger<?> trigger = trigger(job.getName());
        trigger.setName(job.getName());
        trigger.setGroup(job.getGroup());
        trigger.setJobName(job.getName());
        trigger.setJobGroup(job.getGroup());
        // late firings are never skipped nor made up for one by one: see ClusterJobStore.triggerFired
        trigger.setMisfireInstruction(Trigger.MISFIRE_INSTRUCTION_IGNORE_MISFIRE_POLICY);
        Date next = trigger.getFireTimeAfter(Date.from(now));
        if (next == null) {
            throw new IllegalArgumentException("The cron expression '" + cron + "' never fires again");
        }
        trigger.setNextFireTime(next);
        return trigger;
    }

    private AbstractTrigger<?> trigger(String name) {
        return interval != null ? intervalTrigger(interval, name) : cronTrigger();
    }

    private static SimpleTriggerImpl intervalTrigger(Duration interval, String name) {
        SimpleTriggerImpl trigger = new SimpleTriggerImpl();
        trigger.setStartTime(new Date(Math.floorMod((long) name.hashCode() * 31, interval.toMillis())));
        trigger.setRepeatCount(SimpleTriggerImpl.REPEAT_INDEFINITELY);
        trigger.setRepeatInterval(interval.toMillis());
        return trigger;
    }

    private CronTriggerImpl cronTrigger() {
        CronTriggerImpl trigger = new CronTriggerImpl();
        trigger.setStartTime(new Date(0));
        trigger.setCronExpression(expression(String.valueOf(cron)));
        trigger.setTimeZone(UTC);
        return trigger;
    }

    private static CronExpression expression(String cron) {
        try {
            CronExpression expression = new CronExpression(cron);
            expression.setTimeZone(UTC);
            return expression;
        } catch (ParseException | RuntimeException e) {
            throw new IllegalArgumentException(
                    "The cron expression '" + cron + "' does not parse: " + e.getMessage(), e);
        }
    }
}

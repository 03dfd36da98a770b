package io.orderwatch.node.quartz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.dao.jobs.JobSetting;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.TimeZone;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.quartz.JobKey;
import org.quartz.spi.OperableTrigger;

class ScheduleTest {

    private static final Instant NOON = Instant.parse("2026-07-01T12:00:00.123Z");

    @Test
    void text_is_read_back_as_it_was_written() {
        for (String text : new String[] {"500ms", "86400000ms", "0 17 3 * * ?"}) {
            assertEquals(text, Schedule.parse(text).text());
        }
        assertEquals(Duration.ofMillis(500), Schedule.parse("500ms").interval());
        assertEquals("0 17 3 * * ?", Schedule.parse("0 17 3 * * ?").cron());
    }

    @Test
    void a_setting_asks_for_exactly_one_of_interval_and_cron() {
        assertEquals("500ms", Schedule.of(setting(500, null)).text());
        assertEquals("500ms", Schedule.of(setting(500, " ")).text());
        assertEquals("0 0 * * * ?", Schedule.of(setting(null, " 0 0 * * * ? ")).text());
        assertRefused("Neither", setting(null, null));
        assertRefused("Both", setting(500, "0 0 * * * ?"));
        assertRefused("too short", setting(99, null));
        assertRefused("too short", setting(-1, null));
        assertRefused("does not parse", setting(null, "every minute"));
        assertRefused("does not parse", setting(null, "* * * * *"));
        assertRefused("never fires again", setting(null, "0 0 0 1 1 ? 2020"));
        assertRefused("never fires again", setting(null, "0 0 0 30 2 ?"));
    }

    @Test
    void intervals_are_counted_from_a_fixed_moment_whoever_sets_them() {
        Schedule each = Schedule.every(Duration.ofSeconds(5));
        Instant first = each.next(NOON, "node-1");
        assertTrue(first.isAfter(NOON) && !first.isAfter(NOON.plusSeconds(5)), first.toString());
        for (int millis = 0; millis < 20_000; millis += 77) {
            Instant next = each.next(NOON.plusMillis(millis), "node-1");
            assertEquals(0, Duration.between(first, next).toMillis() % 5000, "in step whenever it is asked");
        }
    }

    @Test
    void jobs_of_one_node_with_one_interval_are_due_together() {
        Schedule each = Schedule.every(Duration.ofMillis(500));
        Date scan = each.trigger(new JobKey("node-1", "order-scan"), NOON).getNextFireTime();
        Date status = each.trigger(new JobKey("node-1", "status-change"), NOON).getNextFireTime();
        assertEquals(scan, status);
    }

    @Test
    void cron_is_in_utc_wherever_the_node_stands() {
        TimeZone before = TimeZone.getDefault();
        try {
            TimeZone.setDefault(TimeZone.getTimeZone("Asia/Shanghai"));
            assertEquals(
                    Instant.parse("2026-07-02T03:17:00Z"),
                    Schedule.parse("0 17 3 * * ?").next(NOON, "cluster"));
        } finally {
            TimeZone.setDefault(before);
        }
    }

    @Test
    void a_cron_expression_may_come_to_its_end() {
        Schedule once = Schedule.parse("0 0 0 1 1 ? 2099");
        Instant last = Instant.parse("2099-01-01T00:00:00Z");
        assertEquals(last, once.next(NOON, "cluster"));
        assertNull(once.next(last, "cluster"));
    }

    @Test
    void a_trigger_carries_the_key_of_its_job_and_is_never_skipped() {
        OperableTrigger trigger = Schedule.parse("1000ms").trigger(new JobKey("node-1", "notify-retry"), NOON);
        assertEquals("notify-retry.node-1", trigger.getKey().toString());
        assertEquals("notify-retry.node-1", trigger.getJobKey().toString());
        assertEquals(-1, trigger.getMisfireInstruction());
        assertNull(trigger.getPreviousFireTime());
    }

    private static void assertRefused(String why, JobSetting setting) {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> Schedule.of(setting));
        assertTrue(refused.getMessage().contains(why), refused.getMessage());
    }

    private static JobSetting setting(@Nullable Integer millis, @Nullable String cron) {
        return new JobSetting("job", true, millis == null ? null : Duration.ofMillis(millis), cron, null, null, null);
    }
}

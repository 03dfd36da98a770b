package io.orderwatch.job.notification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetryPlanTest {

    private static final RandomGenerator MIDDLE = fixed(0.5);

    @Test
    void reads_all_units() {
        assertEquals(
                List.of(Duration.ofMillis(250), Duration.ofSeconds(5), Duration.ofMinutes(30), Duration.ofHours(24)),
                RetryPlan.parse("250ms, 5s,30m ,24h").orElseThrow().delays());
    }

    @Test
    void default_is_what_the_schema_defaults_to() {
        assertEquals(RetryPlan.DEFAULT, RetryPlan.parse("5s,30s,5m").orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "5", "s", "5s,", ",5s", "-5s", "5 s", "5d", "5s;30s", "99999999999s", "1e3s", "5.5s"})
    void anything_else_is_no_plan(String text) {
        assertTrue(RetryPlan.parse(text).isEmpty());
    }

    @Test
    void each_try_waits_longer_and_the_last_is_the_end() {
        RetryPlan plan = RetryPlan.DEFAULT;
        assertEquals(Optional.of(Duration.ofSeconds(5)), plan.after(1, MIDDLE));
        assertEquals(Optional.of(Duration.ofSeconds(30)), plan.after(2, MIDDLE));
        assertEquals(Optional.of(Duration.ofMinutes(5)), plan.after(3, MIDDLE));
        assertEquals(Optional.empty(), plan.after(4, MIDDLE));
        assertEquals(Optional.empty(), plan.after(40, MIDDLE));
    }

    @Test
    void jitter_is_a_tenth_at_most() {
        RetryPlan plan = new RetryPlan(List.of(Duration.ofSeconds(10)));
        assertEquals(Duration.ofSeconds(9), plan.after(1, fixed(0)).orElseThrow());
        Random random = new Random(1);
        for (int i = 0; i < 1_000; i++) {
            long millis = plan.after(1, random).orElseThrow().toMillis();
            assertTrue(millis >= 9_000 && millis <= 11_000, () -> "waits " + millis);
        }
        assertTrue(random.longs(50)
                        .map(ignored -> plan.after(1, random).orElseThrow().toMillis())
                        .distinct()
                        .count()
                > 10);
    }

    private static RandomGenerator fixed(double value) {
        return new RandomGenerator() {
            @Override
            public long nextLong() {
                return 0;
            }

            @Override
            public double nextDouble() {
                return value;
            }
        };
    }
}

package io.orderwatch.job.notification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.dao.notification.Next;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryPlanTest {

    private static final RandomGenerator MIDDLE = fixed(0.5);
    private static final Verdict FAILED = new Verdict(Outcome.STATUS, 503, null, null, false);

    @Test
    void reads_all_units() {
        assertEquals(
                List.of(Duration.ofMillis(250), Duration.ofSeconds(5), Duration.ofMinutes(30), Duration.ofHours(24)),
                RetryPlan.parse("250ms, 5s,30m ,24h").orElseThrow().delays());
    }

    @Test
    void default_is_what_the_schema_defaults_to() {
        assertEquals(RetryPreset.DEFAULT.plan(), RetryPlan.parse("5s,30s,5m").orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "5", "s", "5s,", ",5s", "-5s", "5 s", "5d", "5s;30s", "99999999999s", "1e3s", "5.5s"})
    void anything_else_is_no_plan(String text) {
        assertTrue(RetryPlan.parse(text).isEmpty());
    }

    @Test
    void each_try_waits_longer_and_the_last_is_the_end() {
        RetryPlan plan = RetryPreset.DEFAULT.plan();
        assertEquals(retry(Duration.ofSeconds(5)), plan.next(FAILED, 1, MIDDLE));
        assertEquals(retry(Duration.ofSeconds(30)), plan.next(FAILED, 2, MIDDLE));
        assertEquals(retry(Duration.ofMinutes(5)), plan.next(FAILED, 3, MIDDLE));
        assertEquals(new Next.Dead(), plan.next(FAILED, 4, MIDDLE));
        assertEquals(new Next.Dead(), plan.next(FAILED, 40, MIDDLE));
        assertEquals(
                List.of(false, false, false, true, true),
                IntStream.of(1, 2, 3, 4, 40).mapToObj(plan::last).toList());
    }

    @Test
    void what_was_accepted_is_delivered_by_the_last_try_too() {
        Verdict accepted = new Verdict(Outcome.DELIVERED, 200, null, null, false);
        assertEquals(new Next.Delivered(), RetryPreset.DEFAULT.plan().next(accepted, 4, MIDDLE));
    }

    @Test
    void jitter_is_a_tenth_at_most() {
        RetryPlan plan = new RetryPlan(List.of(Duration.ofSeconds(10)));
        assertEquals(retry(Duration.ofSeconds(9)), plan.next(FAILED, 1, fixed(0)));
        Random random = new Random(1);
        Set<Long> waits = new HashSet<>();
        for (int i = 0; i < 1_000; i++) {
            long millis = ((Next.Retry) plan.next(FAILED, 1, random)).in().toMillis();
            assertTrue(millis >= 9_000 && millis <= 11_000, () -> "waits " + millis);
            waits.add(millis);
        }
        assertTrue(waits.size() > 100);
    }

    @Test
    void a_merchant_that_asks_for_time_gets_it() {
        RetryPlan plan = RetryPreset.DEFAULT.plan();
        assertEquals(retry(Duration.ofSeconds(20)), plan.next(asked(Duration.ofSeconds(20)), 1, fixed(0)));
        // and not all come back at that moment, nor any before it
        assertEquals(retry(Duration.ofSeconds(22)), plan.next(asked(Duration.ofSeconds(20)), 1, fixed(1)));
    }

    @Test
    void one_that_asks_for_less_than_planned_is_tried_as_planned() {
        RetryPlan plan = RetryPreset.DEFAULT.plan();
        for (Duration less : List.of(Duration.ZERO, Duration.ofSeconds(1), Duration.ofSeconds(30))) {
            assertEquals(retry(Duration.ofSeconds(30)), plan.next(asked(less), 2, MIDDLE));
        }
    }

    @Test
    void one_that_asks_for_a_day_gets_an_hour_or_what_was_planned_if_that_is_more() {
        RetryPlan plan = new RetryPlan(List.of(Duration.ofSeconds(5), Duration.ofHours(6)));
        assertEquals(retry(Duration.ofHours(1)), plan.next(asked(Duration.ofDays(1)), 1, fixed(0)));
        assertEquals(retry(Duration.ofHours(6)), plan.next(asked(Duration.ofDays(1)), 2, MIDDLE));
    }

    @Test
    void asking_for_time_makes_no_further_try() {
        assertEquals(new Next.Dead(), RetryPreset.DEFAULT.plan().next(asked(Duration.ofSeconds(1)), 4, MIDDLE));
    }

    @ParameterizedTest
    @CsvSource({
        "default,           4,  PT5M35S",
        "alipay,            8,  PT24H24M",
        "wechatpay,         16, PT24H4M",
        "standard-webhooks, 10, PT75H35M5S",
        "adyen,             97, PT712H2M"
    })
    void presets_are_what_payment_companies_promise(String name, int tries, Duration inAll) {
        RetryPlan plan = RetryPreset.named(name).orElseThrow().plan();
        assertEquals(tries, plan.delays().size() + 1);
        assertEquals(inAll, plan.delays().stream().reduce(Duration.ZERO, Duration::plus));
    }

    @Test
    void there_is_no_other_preset() {
        assertEquals(Optional.empty(), RetryPreset.named("paypal"));
        assertEquals("default, alipay, wechatpay, standard-webhooks, adyen", RetryPreset.names());
    }

    private static Verdict asked(Duration wait) {
        return new Verdict(Outcome.STATUS, 503, null, wait, false);
    }

    private static Next retry(Duration in) {
        return new Next.Retry(in);
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

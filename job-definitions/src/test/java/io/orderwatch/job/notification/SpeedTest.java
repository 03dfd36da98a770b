package io.orderwatch.job.notification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SpeedTest {

    private static final Duration LIMIT = Duration.ofSeconds(3);

    private final Speed speed = new Speed(LIMIT);

    @Test
    void nine_answers_say_nothing_and_ten_do() {
        assertEquals(0, turns(9, Duration.ofSeconds(4)));
        assertFalse(speed.slow());
        assertTrue(speed.answered(Duration.ofSeconds(4)));
        assertTrue(speed.slow());
    }

    @Test
    void an_average_of_just_the_limit_is_not_slow_and_more_is() {
        assertEquals(0, turns(100, LIMIT));
        assertFalse(speed.slow());
        assertTrue(speed.answered(LIMIT.plusMillis(1)), "101 answers, of which the last hundred count");
        assertEquals(LIMIT, speed.average(), "a millisecond in a hundred answers");
    }

    /** (100 - n) * 4 s is at most 90 % of 100 * 3 s from n = 33 on. */
    @Test
    void it_is_fast_again_when_the_last_hundred_are_clearly_below_the_limit() {
        turns(150, Duration.ofSeconds(4));
        assertTrue(speed.slow());
        assertEquals(0, turns(32, Duration.ZERO), "between the limit and nine tenths of it nothing turns");
        assertTrue(speed.answered(Duration.ZERO));
        assertFalse(speed.slow());
    }

    private int turns(int answers, Duration took) {
        int turns = 0;
        for (int i = 0; i < answers; i++) {
            turns += speed.answered(took) ? 1 : 0;
        }
        return turns;
    }
}

package io.orderwatch.job.notification;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RecentSendsTest {

    private static final long START = Long.MAX_VALUE - 50;

    private final RecentSends sends = new RecentSends(Duration.ofNanos(100), START);

    @Test
    void what_is_sent_counts_until_it_is_answered() {
        assertFalse(sends.any(START));
        sends.sent(1, START);
        sends.sent(2, START + 110);
        assertTrue(sends.any(START + 110));
        sends.ended(1);
        assertTrue(sends.any(START + 110), "of this window");
        sends.ended(2);
        assertFalse(sends.any(START + 110));
    }

    @Test
    void what_is_not_answered_counts_for_one_or_two_windows() {
        sends.sent(1, START + 10);
        assertTrue(sends.any(START + 199));
        assertFalse(sends.any(START + 200));
        sends.sent(2, START + 210);
        assertFalse(sends.any(START + 900), "nobody looked meanwhile");
        sends.ended(1);
        sends.ended(2);
    }
}

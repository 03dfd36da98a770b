package io.orderwatch.stack.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.stack.generator.OrderBook.Tally;
import io.orderwatch.stack.merchant.MerchantStats;
import org.junit.jupiter.api.Test;

class VerdictTest {

    private static final Tally TALLY = new Tally(10_000, 10_000, 10_000, 0, 0, 1_000, 3_000);
    private static final MerchantStats STATS = new MerchantStats(10_000, 10_000, 0, 0);

    @Test
    void all_that_was_due_arrived_once() {
        Verdict verdict = new Verdict(TALLY, STATS, 250, 600, 0, 0, 2, 2, 0, 0);
        assertTrue(verdict.good(), () -> verdict.complaints().toString());
        assertEquals("delivered=10000 duplicated=0 lost=0 p50_ms=250 p99_ms=600", verdict.lastLine());
        assertEquals(5_000, verdict.ratePerSecond());
    }

    @Test
    void each_thing_that_can_be_wrong_makes_it_bad() {
        Tally missing = new Tally(10_000, 9_999, 9_999, 1, 0, 1_000, 3_000);
        Tally wrong = new Tally(10_000, 10_001, 10_001, 0, 1, 1_000, 3_000);
        assertFalse(new Verdict(missing, STATS, 0, 0, 0, 0, 0, 0, 0, 0).good());
        assertFalse(new Verdict(wrong, STATS, 0, 0, 0, 0, 0, 0, 0, 0).good());
        assertFalse(new Verdict(TALLY, new MerchantStats(10_001, 10_000, 1, 0), 0, 0, 0, 0, 0, 0, 0, 0).good());
        assertFalse(new Verdict(TALLY, new MerchantStats(10_000, 10_000, 0, 1), 0, 0, 0, 0, 0, 0, 0, 0).good());
        assertFalse(new Verdict(TALLY, STATS, 0, 0, 1, 0, 0, 0, 0, 0).good());
        assertFalse(new Verdict(TALLY, STATS, 0, 0, 0, 1, 0, 0, 0, 0).good());
        assertFalse(new Verdict(TALLY, STATS, 0, 0, 0, 0, 0, 1, 0, 0).good());
        assertFalse(new Verdict(TALLY, STATS, 0, 0, 0, 0, 1, 0, 0, 0).good());
    }

    @Test
    void what_is_lost_and_duplicated_stands_in_the_last_line() {
        Verdict verdict = new Verdict(
                new Tally(10_000, 9_993, 9_993, 7, 0, 1_000, 3_000),
                new MerchantStats(9_996, 9_993, 3, 0),
                1,
                2,
                0,
                0,
                0,
                0,
                2,
                1);
        assertEquals("delivered=9993 duplicated=3 lost=4 p50_ms=1 p99_ms=2", verdict.lastLine());
        assertEquals(2, verdict.complaints().size());
    }
}

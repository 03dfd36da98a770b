package io.orderwatch.node.breaker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.orderwatch.job.notification.Breakers.Pass;
import org.junit.jupiter.api.Test;

class TallyTest {

    private final Tally failed = call(5, false);
    private final Tally well = call(5, true);

    @Test
    void a_success_ends_a_row_of_failures() {
        assertEquals(3, failed.and(failed).and(failed).failedSinceSuccess());
        assertEquals(0, failed.and(failed).and(well).failedSinceSuccess());
        assertEquals(1, failed.and(well).and(failed).failedSinceSuccess());
        assertEquals(3, failed.and(well).and(failed).calls());
    }

    /** What was sent before the breaker opened says nothing of its endpoint after it has closed. */
    @Test
    void what_belongs_to_an_older_epoch_is_dropped_whichever_comes_first() {
        Tally late = call(4, false);
        assertEquals(well, well.and(late));
        assertEquals(well, late.and(late).and(well));
    }

    private static Tally call(long epoch, boolean success) {
        return Tally.of(new Pass(7, 70, epoch, false), success, false);
    }
}

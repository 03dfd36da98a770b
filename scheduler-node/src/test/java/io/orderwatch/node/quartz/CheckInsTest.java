package io.orderwatch.node.quartz;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CheckInsTest {

    private long now;
    private final CheckIns checkIns = new CheckIns(() -> now);

    @Test
    void node_that_died_has_failed_as_soon_as_the_membership_says_so() {
        assertFalse(checkIns.failed("node-2", 5, false));
        after(1000);
        assertFalse(checkIns.failed("node-2", 5, false));
        after(1000);
        assertTrue(checkIns.failed("node-2", 5, true));
    }

    @Test
    void node_that_checks_in_is_there_though_the_membership_does_not_show_it_yet() {
        for (int i = 0; i < 4; i++) {
            assertFalse(checkIns.failed("node-2", i, true));
            after(999);
        }
        assertFalse(checkIns.failed("node-2", 5, false));
        after(1000);
        assertFalse(checkIns.failed("node-2", 6, true), "the time that it is doubted begins anew");
    }

    @Test
    void node_that_checks_in_without_ever_being_shown_has_failed_all_the_same() {
        for (int i = 0; i < 4; i++) {
            assertFalse(checkIns.failed("node-2", i, true));
            after(1000);
        }
        assertTrue(checkIns.failed("node-2", 5, true));
    }

    @Test
    void node_that_comes_back_is_looked_at_anew() {
        assertFalse(checkIns.failed("node-2", 1, true));
        after(2000);
        assertTrue(checkIns.failed("node-2", 1, true));
        checkIns.retain(Set.of("node-1"));
        assertFalse(checkIns.failed("node-2", 1, true));
    }

    private void after(long millis) {
        now += Duration.ofMillis(millis).toNanos();
    }
}

package io.orderwatch.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;

class ComplaintsTest {

    private static final List<String> JOBS = List.of("The jobs are not scheduled yet.");
    private static final List<String> SCHEMA = List.of("The schema lacks V1.");
    private static final List<String> LEASE = List.of("Node node-1 has no lease.");

    private long now;
    private final Complaints complaints = new Complaints(() -> now);

    @Test
    void start_is_told_once_and_quietly() {
        assertEquals(Level.INFO, complaints.about(LEASE, true));
        assertNull(complaints.about(LEASE, true));
        assertEquals(Level.INFO, complaints.about(JOBS, true));
    }

    @Test
    void start_that_takes_too_long_is_told_again_and_loudly() {
        assertEquals(Level.INFO, complaints.about(JOBS, true));
        now = Duration.ofSeconds(30).toNanos();
        assertEquals(Level.WARN, complaints.about(JOBS, true));
        assertNull(complaints.about(JOBS, true));
    }

    @Test
    void what_does_not_pass_by_itself_is_loud_from_the_start() {
        assertEquals(Level.WARN, complaints.about(SCHEMA, false));
        assertNull(complaints.about(SCHEMA, false));
        assertEquals(Level.INFO, complaints.about(LEASE, true));
    }

    @Test
    void node_that_was_ready_and_is_not_any_more_says_so_loudly() {
        complaints.none();
        assertEquals(Level.WARN, complaints.about(LEASE, true));
        complaints.none();
        assertEquals(Level.WARN, complaints.about(LEASE, true));
    }
}

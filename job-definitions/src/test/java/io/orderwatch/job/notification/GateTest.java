package io.orderwatch.job.notification;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.orderwatch.dao.notification.Endpoint;
import io.orderwatch.dao.notification.Pace;
import io.orderwatch.dao.notification.Preference;
import io.orderwatch.dao.notification.Secrets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How many requests a merchant may have under way, which follows from what each of its endpoints may have. */
class GateTest {

    private static final int PLENTY = 1_000;

    private final FakeBreakers breakers = new FakeBreakers();

    @Test
    void one_endpoint_gets_what_its_row_says() {
        Gate gate = gate(endpoint(1, 0, 8));
        assertEquals(8, gate.usual());
        assertEquals(8, gate.allowed(breakers, PLENTY));
        assertEquals(3, gate.allowed(breakers, 3));
        breakers.open(1, 5);
        assertEquals(0, gate.allowed(breakers, PLENTY));
        breakers.probe(1);
        assertEquals(1, gate.allowed(breakers, PLENTY));
    }

    @Test
    void those_of_one_priority_get_what_they_may_get_together() {
        Gate gate = gate(endpoint(1, 0, 8), endpoint(2, 0, 4));
        assertEquals(12, gate.usual());
        assertEquals(12, gate.allowed(breakers, PLENTY));
        breakers.open(1, 5);
        assertEquals(4, gate.allowed(breakers, PLENTY));
    }

    /** What comes only where the first failed leaves room for no more of the first. */
    @Test
    void the_next_priority_counts_only_where_a_breaker_keeps_the_first_from_all_it_might_get() {
        Gate gate = gate(endpoint(1, 0, 4), endpoint(2, 1, 64), endpoint(3, 2, 100));
        assertEquals(4, gate.usual());
        assertEquals(4, gate.allowed(breakers, PLENTY));
        breakers.open(1, 5);
        assertEquals(64, gate.allowed(breakers, PLENTY));
        breakers.probe(1);
        assertEquals(65, gate.allowed(breakers, PLENTY));
        breakers.open(2, 5);
        assertEquals(101, gate.allowed(breakers, PLENTY));
        breakers.open(3, 5);
        assertEquals(1, gate.allowed(breakers, PLENTY));
    }

    private static Gate gate(Endpoint... endpoints) {
        int limit = List.of(endpoints).stream().mapToInt(Gate::cap).sum();
        return new Gate(limit, false, List.of(endpoints));
    }

    private static Endpoint endpoint(long id, int priority, int cap) {
        return new Endpoint(
                id,
                5,
                Endpoint.HTTP,
                "http://127.0.0.1/",
                new Secrets("secret", null),
                new Preference(priority, 1, false),
                Pace.atATime(cap),
                Set.of());
    }
}

package io.orderwatch.stack.merchant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class DeliveriesTest {

    private final Deliveries deliveries = new Deliveries();

    @Test
    void hundred_thousand_notifications_are_kept_apart() {
        int many = 100_000;
        for (long order = 1; order <= many; order++) {
            long id = order * 16 + 1;
            assertFalse(deliveries.arrived(id));
            assertTrue(deliveries.accepted(id, order));
        }
        assertEquals(many, deliveries.size());
        AtomicLong sum = new AtomicLong();
        deliveries.forEach(delivery -> {
            assertEquals(delivery.id(), delivery.acceptedAt() * 16 + 1);
            sum.addAndGet(delivery.acceptances());
        });
        assertEquals(many, sum.get());
        assertTrue(deliveries.arrived(16 + 1));
        assertFalse(deliveries.accepted(16 + 1, 5));
        assertEquals(new Delivery(17, 2, 2, 1), deliveries.of(17));
    }

    @Test
    void the_number_zero_is_a_notification_like_any_other() {
        assertEquals(new Delivery(0, 0, 0, 0), deliveries.of(0));
        deliveries.arrived(0);
        assertEquals(new Delivery(0, 1, 0, 0), deliveries.of(0));
    }

    @Test
    void counts_stop_where_a_byte_ends() {
        for (int i = 0; i < 300; i++) {
            deliveries.arrived(1);
        }
        assertEquals(255, deliveries.of(1).arrivals());
    }
}

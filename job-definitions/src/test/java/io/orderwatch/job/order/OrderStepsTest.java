package io.orderwatch.job.order;

import static io.orderwatch.dao.order.OrderState.CANCELLED;
import static io.orderwatch.dao.order.OrderState.COMPLETED;
import static io.orderwatch.dao.order.OrderState.PAID;
import static io.orderwatch.dao.order.OrderState.PENDING;
import static io.orderwatch.dao.order.OrderState.REFUNDED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.dao.order.OrderState;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OrderStepsTest {

    @Test
    void new_orders_take_all_steps_up_to_where_they_are() {
        assertEquals(List.of(PENDING), steps(null, PENDING, false, false));
        assertEquals(List.of(PENDING, PAID), steps(null, PAID, true, false));
        assertEquals(List.of(PENDING, PAID, COMPLETED), steps(null, COMPLETED, true, true));
    }

    @Test
    void steps_that_fell_between_two_looks_are_derived() {
        assertEquals(List.of(PAID, COMPLETED), steps(PENDING, COMPLETED, true, true));
        assertEquals(List.of(PAID, CANCELLED), steps(PENDING, CANCELLED, true, false));
        assertEquals(List.of(CANCELLED), steps(PENDING, CANCELLED, false, false));
        assertEquals(List.of(COMPLETED, REFUNDED), steps(PAID, REFUNDED, true, true));
        assertEquals(List.of(PAID, REFUNDED), steps(PENDING, REFUNDED, false, false));
    }

    @Test
    void what_was_logged_is_not_derived_again() {
        assertEquals(List.of(REFUNDED), steps(CANCELLED, Set.of(PENDING, PAID, CANCELLED), REFUNDED, true, false));
        assertEquals(List.of(PAID, REFUNDED), steps(CANCELLED, Set.of(PENDING, CANCELLED), REFUNDED, true, false));
        assertEquals(List.of(PAID), steps(COMPLETED, Set.of(PENDING, PAID, COMPLETED), PAID, true, true));
    }

    @Test
    void late_payment_of_a_cancelled_order_is_a_step() {
        assertEquals(List.of(PAID), steps(CANCELLED, Set.of(PENDING, CANCELLED), PAID, true, false));
        assertTrue(OrderSteps.leavesTheWay(CANCELLED, PAID));
        assertFalse(OrderSteps.leavesTheWay(PENDING, COMPLETED));
    }

    @Test
    void every_pair_of_states_ends_where_the_order_is() {
        for (OrderState seen : OrderState.values()) {
            for (OrderState now : OrderState.values()) {
                List<OrderState> steps = steps(seen, Set.of(seen), now, true, true);
                assertEquals(now, steps.get(steps.size() - 1), seen + " to " + now);
                assertEquals(Set.copyOf(steps).size(), steps.size(), "no step twice: " + seen + " to " + now);
            }
        }
    }

    private static List<OrderState> steps(@Nullable OrderState seen, OrderState now, boolean paid, boolean completed) {
        return steps(seen, Set.of(), now, paid, completed);
    }

    private static List<OrderState> steps(
            @Nullable OrderState seen, Set<OrderState> logged, OrderState now, boolean paid, boolean completed) {
        return OrderSteps.between(seen, logged, now, paid, completed);
    }
}

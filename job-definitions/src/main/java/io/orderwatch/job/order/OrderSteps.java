package io.orderwatch.job.order;

import static io.orderwatch.dao.order.OrderState.COMPLETED;
import static io.orderwatch.dao.order.OrderState.PAID;
import static io.orderwatch.dao.order.OrderState.PENDING;

import io.orderwatch.dao.order.OrderState;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Derives the steps that an order took between two looks, so that none is skipped.
 *
 * <pre>
 * seen       now        tells                    steps
 * -          PENDING                             PENDING
 * -          PAID                                PENDING, PAID
 * PENDING    COMPLETED                           PAID, COMPLETED
 * PENDING    CANCELLED  paid_at                  PAID, CANCELLED
 * PENDING    CANCELLED                           CANCELLED
 * PAID       REFUNDED   completed_at             COMPLETED, REFUNDED
 * CANCELLED  REFUNDED   PAID was logged          REFUNDED
 * CANCELLED  REFUNDED   PAID was never logged    PAID, REFUNDED
 * COMPLETED  PAID       (somebody took it back)  PAID
 * </pre>
 */
final class OrderSteps {

    private OrderSteps() {}

    /**
     * @param seen the state that was last dealt with; null: none
     * @param logged states that are known to have been dealt with; only asked where {@code seen} is not on the way
     * @param wasPaid whether the order says that it was paid at some time
     * @param wasCompleted likewise for completed
     * @return at least one step, the last of which is {@code now}
     */
    static List<OrderState> between(
            @Nullable OrderState seen, Set<OrderState> logged, OrderState now, boolean wasPaid, boolean wasCompleted) {
        List<OrderState> way = way(now, wasPaid, wasCompleted);
        if (seen == null) {
            return way;
        }
        int at = way.indexOf(seen);
        if (at >= 0 && at < way.size() - 1) {
            return way.subList(at + 1, way.size());
        }
        List<OrderState> steps = new ArrayList<>();
        for (OrderState state : way) {
            if (state == now || (state != PENDING && !logged.contains(state))) {
                steps.add(state);
            }
        }
        return steps;
    }

    /** Whether {@link #between} needs to know what was logged. */
    static boolean leavesTheWay(@Nullable OrderState seen, OrderState now) {
        return seen != null && seen != PENDING && !way(now, true, true).contains(seen);
    }

    private static List<OrderState> way(OrderState now, boolean wasPaid, boolean wasCompleted) {
        List<OrderState> way = new ArrayList<>(4);
        way.add(PENDING);
        switch (now) {
            case PENDING -> {}
            case PAID -> way.add(PAID);
            case COMPLETED -> {
                way.add(PAID);
                way.add(COMPLETED);
            }
            case REFUNDED -> {
                // what is refunded was paid, whether or not it says so
                way.add(PAID);
                addIf(wasCompleted, way, COMPLETED);
                way.add(now);
            }
            case CANCELLED, FAILED -> {
                addIf(wasPaid, way, PAID);
                addIf(wasCompleted, way, COMPLETED);
                way.add(now);
            }
        }
        return way;
    }

    private static void addIf(boolean condition, List<OrderState> way, OrderState state) {
        if (condition) {
            way.add(state);
        }
    }
}

package io.orderwatch.dao.order;

import java.util.Optional;

/** The states of an order. The numbers are part of notification ids and never change. */
public enum OrderState {
    PENDING(0),
    PAID(1),
    COMPLETED(2),
    CANCELLED(3),
    FAILED(4),
    REFUNDED(5);

    private final int number;

    OrderState(int number) {
        this.number = number;
    }

    /** Distinguishes the events of one order, from 0 to 15. */
    public int number() {
        return number;
    }

    /** The state of that name; empty for anything else, in whatever case it is written. */
    public static Optional<OrderState> of(String name) {
        for (OrderState state : values()) {
            if (state.name().equals(name)) {
                return Optional.of(state);
            }
        }
        return Optional.empty();
    }
}

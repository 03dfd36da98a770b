package io.orderwatch.stack.generator;

/** What merchants are told of an order; its place here is its number within a notification's id. */
public enum Event {
    PENDING,
    PAID,
    COMPLETED,
    CANCELLED,
    FAILED,
    REFUNDED;

    private static final int PER_ORDER = 16;

    /** The number in the public id {@code ow_<number>} of the notification of this event of that order. */
    public long notificationId(long orderId) {
        return orderId * PER_ORDER + ordinal();
    }

    static long orderId(long notificationId) {
        return notificationId / PER_ORDER;
    }

    /** The event's number within a notification's id; may be that of none. */
    static int number(long notificationId) {
        return (int) (notificationId % PER_ORDER);
    }

    int bit() {
        return 1 << ordinal();
    }
}

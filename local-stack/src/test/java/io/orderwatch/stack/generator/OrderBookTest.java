package io.orderwatch.stack.generator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.orderwatch.stack.generator.OrderBook.Progress;
import io.orderwatch.stack.generator.OrderBook.Tally;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OrderBookTest {

    private static final int FIRST = 1_000;
    private static final int USER = 7;

    private final OrderBook book = new OrderBook();

    @BeforeEach
    void open() {
        book.open(FIRST, 10);
    }

    @Test
    void what_is_due_and_told_is_complete() {
        long order = book.next(USER);
        assertEquals(FIRST, order);
        book.written(1);
        book.paid(order, 100);
        book.told(Event.PAID.notificationId(order), 350);
        assertEquals(new Tally(1, 1, 1, 0, 0, 100, 350), book.tally());
        assertEquals(new Progress(1, 1, 1, 0, 1), book.progress());
        assertEquals(250, book.paidToAnswered(0.5));
        assertEquals(0, book.anyMissing());
        assertEquals(0, book.anyWrong());
    }

    @Test
    void what_is_due_and_not_told_is_missing() {
        long order = book.next(USER);
        book.paid(order, 100);
        book.due(order, Event.COMPLETED);
        book.due(order, Event.COMPLETED);
        book.told(Event.PAID.notificationId(order), 350);
        assertEquals(new Tally(2, 1, 1, 1, 0, 100, 350), book.tally());
        assertEquals(order, book.anyMissing());
    }

    @Test
    void a_cancellation_of_a_paid_order_and_of_one_that_never_was_is_wrong() {
        long order = book.next(USER);
        book.paid(order, 100);
        book.told(Event.PAID.notificationId(order), 350);
        book.told(Event.CANCELLED.notificationId(order), 350);
        book.told(Event.CANCELLED.notificationId(order + 1), 350);
        book.told(Event.PAID.notificationId(order) + 9, 350);
        assertEquals(3, book.tally().wrong());
        assertEquals(order, book.anyWrong());
    }

    @Test
    void what_took_long_because_the_user_was_off_is_not_measured() {
        long early = book.next(USER);
        book.paid(early, 100);
        book.switchedOff(USER);
        assertEquals(List.of(USER), book.usersOff());
        book.told(Event.PAID.notificationId(early), 120);
        book.switchedOn(USER, 4_990, 5_000);
        assertEquals(List.of(), book.usersOff());
        long held = book.next(USER);
        book.paid(held, 4_000);
        book.told(Event.PAID.notificationId(held), 5_500);
        assertEquals(0, book.paidToAnswered(1));
        long late = book.next(USER);
        book.paid(late, 6_000);
        book.told(Event.PAID.notificationId(late), 6_300);
        assertEquals(300, book.paidToAnswered(1));
    }

    @Test
    void who_was_off_is_remembered_as_long_as_it_is_sure() {
        book.wasSwitchedOff(USER, 1_000);
        book.wasSwitchedOff(USER, 2_000);
        book.wasSwitchedOff(USER + 1, 2_000);
        assertEquals(List.of(), book.offs());
        book.switchedOn(USER, 4_990, 5_000);
        book.switchedOn(USER, 5_990, 6_000);
        assertEquals(List.of(new OrderBook.Off(USER, 1_000, 4_990)), book.offs());
    }

    @Test
    void books_grow() {
        for (int i = 0; i < 100_000; i++) {
            book.due(book.next(i % 10), Event.CANCELLED);
        }
        book.told(Event.CANCELLED.notificationId(FIRST + 99_999), 1);
        assertEquals(99_999, book.tally().missing());
        assertEquals(1, book.progress().cancelled());
    }

    @Test
    void quantiles_are_the_least_that_holds_so_many() {
        Latencies latencies = new Latencies();
        assertEquals(0, latencies.quantile(0.99));
        for (int millis = 1; millis <= 100; millis++) {
            latencies.record(millis);
        }
        latencies.record(10_000_000);
        assertEquals(51, latencies.quantile(0.5));
        assertEquals(100, latencies.quantile(0.99));
        assertEquals(600_000, latencies.quantile(1));
        assertEquals(101, latencies.size());
    }
}

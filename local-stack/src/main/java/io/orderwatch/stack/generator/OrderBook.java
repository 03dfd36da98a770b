package io.orderwatch.stack.generator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What was written, and so what merchants have to hear: compared with the merchants' own count it tells what was lost.
 * A million orders take 22 MB. Safe for use by many threads.
 */
public final class OrderBook {

    private static final int INITIAL = 1 << 14;

    private final Latencies paidToAnswered = new Latencies();
    private long firstId = 1;
    private int size;
    private long[] paidAt = new long[INITIAL];
    private int[] users = new int[INITIAL];
    private byte[] due = new byte[INITIAL];
    private byte[] told = new byte[INITIAL];
    private long written;
    private long paid;
    private long dueEvents;
    private long toldEvents;
    private long wrongEvents;
    private long cancellations;
    private long firstPaidAt;
    private long lastToldAt;
    private long toldBefore;
    /** When each user was last switched on again; {@link Long#MAX_VALUE} while it is off. */
    private long[] onSince = new long[0];

    private final Map<Integer, Long> offSince = new HashMap<>();
    private final List<Off> offs = new ArrayList<>();

    /** @param firstId the number of the first order; numbers are given out without a gap from there */
    synchronized void open(long firstId, int highestUser) {
        this.firstId = firstId;
        this.onSince = new long[highestUser + 1];
    }

    /** Measures rate and delays anew from here on, after a warm-up; what is due stays due. */
    public synchronized void startMeasuring() {
        toldBefore = toldEvents;
        firstPaidAt = 0;
        lastToldAt = 0;
        paidToAnswered.clear();
    }

    /** Gives out the number of a new order. */
    synchronized long next(int user) {
        if (size == paidAt.length) {
            int length = Math.multiplyExact(size, 2);
            paidAt = Arrays.copyOf(paidAt, length);
            users = Arrays.copyOf(users, length);
            due = Arrays.copyOf(due, length);
            told = Arrays.copyOf(told, length);
        }
        users[size] = user;
        return firstId + size++;
    }

    /** So many orders are in the database now. */
    synchronized void written(int orders) {
        written += orders;
    }

    /** Merchants have to hear of this. */
    synchronized void due(long orderId, Event event) {
        int index = index(orderId);
        if ((due[index] & event.bit()) == 0) {
            due[index] |= (byte) event.bit();
            dueEvents++;
        }
    }

    /**
     * An order is being committed as paid; merchants have to hear of it. Called before the commit returns, as the
     * merchant may have heard of it by then.
     */
    synchronized void paid(long orderId, long atMillis) {
        int index = index(orderId);
        if (paidAt[index] == 0) {
            paid++;
        }
        paidAt[index] = atMillis;
        firstPaidAt = firstPaidAt == 0 ? atMillis : Math.min(firstPaidAt, atMillis);
        due(orderId, Event.PAID);
    }

    /** The transaction that was to pay this order did not take place. Nothing happens to one that was not paid. */
    synchronized void notPaid(long orderId) {
        int index = index(orderId);
        if (paidAt[index] != 0) {
            paidAt[index] = 0;
            paid--;
            due[index] &= (byte) ~Event.PAID.bit();
            dueEvents--;
        }
    }

    synchronized void switchedOff(int user) {
        onSince[user] = Long.MAX_VALUE;
    }

    /** The switch is committed; one who was off already stays so. */
    synchronized void wasSwitchedOff(int user, long atMillis) {
        offSince.putIfAbsent(user, atMillis);
    }

    /**
     * @param beforeMillis when the switch was not committed yet
     * @param atMillis when it was
     */
    synchronized void switchedOn(int user, long beforeMillis, long atMillis) {
        onSince[user] = atMillis;
        Long since = offSince.remove(user);
        if (since != null) {
            offs.add(new Off(user, since, beforeMillis));
        }
    }

    /** When users were surely off, by the generator's clock; those that are off still are left out. */
    public synchronized List<Off> offs() {
        return List.copyOf(offs);
    }

    /**
     * A merchant has heard of something, for the first time.
     *
     * @param atMillis when it answered, milliseconds since 1970 by the clock that the generator uses
     */
    public synchronized void told(long notificationId, long atMillis) {
        long index = Event.orderId(notificationId) - firstId;
        int number = Event.number(notificationId);
        if (index < 0 || index >= size || number >= Event.values().length) {
            wrongEvents++;
            return;
        }
        int order = (int) index;
        told[order] |= (byte) (1 << number);
        toldEvents++;
        lastToldAt = Math.max(lastToldAt, atMillis);
        if (number == Event.CANCELLED.ordinal()) {
            cancellations++;
        }
        if (number == Event.PAID.ordinal() && onSince[users[order]] < paidAt[order]) {
            // while a user is off its merchants are not to hear anything, however long that takes
            paidToAnswered.record(atMillis - paidAt[order]);
        }
    }

    /** The users that are switched off at this moment, themselves or their group. */
    public synchronized List<Integer> usersOff() {
        return IntStream.range(0, onSince.length)
                .filter(user -> onSince[user] == Long.MAX_VALUE)
                .boxed()
                .toList();
    }

    /** What is known by now. Costs as much as there are orders: not for every moment. */
    public synchronized Tally tally() {
        long missing = 0;
        long wrong = wrongEvents;
        for (int order = 0; order < size; order++) {
            missing += Integer.bitCount(due[order] & ~told[order]);
            wrong += Integer.bitCount(told[order] & ~due[order] & 0xFF);
        }
        return new Tally(dueEvents, toldEvents, toldEvents - toldBefore, missing, wrong, firstPaidAt, lastToldAt);
    }

    /** The number of some order that merchants have not heard all of; 0 if there is none. */
    public synchronized long anyMissing() {
        for (int order = 0; order < size; order++) {
            if ((due[order] & ~told[order]) != 0) {
                return firstId + order;
            }
        }
        return 0;
    }

    /** The number of some order that merchants have heard too much of, a payment that was cancelled say; 0: none. */
    public synchronized long anyWrong() {
        for (int order = 0; order < size; order++) {
            if ((told[order] & ~due[order] & 0xFF) != 0) {
                return firstId + order;
            }
        }
        return 0;
    }

    /** The figures that cost nothing. */
    public synchronized Progress progress() {
        return new Progress(written, paid, toldEvents, cancellations, dueEvents);
    }

    /**
     * Milliseconds from an order's commit as paid to the merchant's answer, which so great a part of the orders took
     * at most; those whose user was switched off meanwhile left out. 0 if there are none.
     */
    public long paidToAnswered(double part) {
        return paidToAnswered.quantile(part);
    }

    private int index(long orderId) {
        return Math.toIntExact(orderId - firstId);
    }

    /**
     * A user, or the user's group, was off.
     *
     * @param fromMillis the switch had been committed, milliseconds since 1970
     * @param untilMillis it had not been committed back yet
     */
    public record Off(int user, long fromMillis, long untilMillis) {}

    /**
     * @param written orders that were written
     * @param paid orders that were paid
     * @param told events that merchants have heard of
     * @param cancelled of them cancellations
     * @param due events that merchants have to hear of, those of orders that are not cancelled yet included
     */
    public record Progress(long written, long paid, long told, long cancelled, long due) {}

    /**
     * @param due events that merchants have to hear of
     * @param told events that they have heard of
     * @param measured of those, the ones since {@link #startMeasuring}, or all
     * @param missing events that they have not heard of
     * @param wrong events that they have heard of and that never happened
     * @param firstPaidAt when the first order was committed as paid, milliseconds since 1970; 0: never
     * @param lastToldAt when the last event was answered, milliseconds since 1970; 0: never
     */
    public record Tally(
            long due, long told, long measured, long missing, long wrong, long firstPaidAt, long lastToldAt) {}
}

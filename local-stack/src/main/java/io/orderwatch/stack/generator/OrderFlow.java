package io.orderwatch.stack.generator;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Orders as they come and go on a working day, written in batches 20 times a second:
 *
 * <ul>
 *   <li>70 of 100 are paid within seconds; of those some were paid before anybody looked, some are completed later or
 *       in the same moment, some refunded;
 *   <li>15 are never paid and have few seconds to be;
 *   <li>13 are paid about when they expire, 10 of them within 200 ms of it: either wins;
 *   <li>2 fail.
 * </ul>
 *
 * Now and then some users and groups are switched off for some seconds.
 */
final class OrderFlow {

    private static final int TICK_MILLIS = 50;
    private static final long TOGGLE_EVERY_MILLIS = 1_000;
    private static final int TOGGLED_ONE_IN = 500;
    /** At any pace: longer than whoever checks the switches forgives what had begun before. */
    private static final int OFF_LEAST_MILLIS = 5_000;

    private static final int OFF_MOST_MILLIS = 9_000;
    private static final long UNKNOWN_USER = 900_000_000;
    private static final int AT_EXPIRY_MILLIS = 200;
    /** Orderwatch cancels an expired order at its next look: a payment until then may still win. */
    private static final int CANCELLED_WITHIN_MILLIS = 5_000;

    private final GeneratorSettings settings;
    private final OrderBook book;
    private final InstantSource clock;
    private final Sql sql;
    private final Random random;
    private final PriorityQueue<Step> agenda = new PriorityQueue<>(Comparator.comparingLong(Step::atMillis));
    private final List<NewOrder> orders = new ArrayList<>();

    OrderFlow(GeneratorSettings settings, OrderBook book, InstantSource clock, Sql sql) {
        this.settings = settings;
        this.book = book;
        this.clock = clock;
        this.sql = sql;
        this.random = new Random(settings.seed());
    }

    void run(BooleanSupplier enough, BooleanSupplier stopped) throws SQLException, InterruptedException {
        long start = clock.millis();
        long end = start + settings.flow().toMillis();
        long total = settings.flow().toMillis() * settings.ordersPerSecond() / 1_000;
        long made = 0;
        long bad = 0;
        long nextToggle = start + TOGGLE_EVERY_MILLIS;
        while (!stopped.getAsBoolean()) {
            long now = clock.millis();
            boolean ending = enough.getAsBoolean();
            long until = ending ? made : Math.min(total, (now - start) * settings.ordersPerSecond() / 1_000);
            for (; made < until; made++) {
                conceive(now);
            }
            for (; bad < settings.badRows() * made / Math.max(1, total); bad++) {
                conceiveBad(bad);
            }
            if (settings.toggles() && !ending && now >= nextToggle && now < end) {
                planToggles(now);
                nextToggle = now + TOGGLE_EVERY_MILLIS;
            }
            if (ending) {
                switchAllOn(now);
            }
            insert();
            takeSteps(now);
            // by now there are as many bad rows as there are to be among so many orders
            if ((made == total || ending) && agenda.isEmpty()) {
                return;
            }
            // a tick that took long is followed by the next one at once
            TimeUnit.MILLISECONDS.sleep(Math.max(1, now + TICK_MILLIS - clock.millis()));
        }
    }

    /** Decides a new order's whole life. */
    private void conceive(long now) {
        int user = 1 + random.nextInt(settings.users());
        long id = book.next(user);
        int percent = random.nextInt(100);
        if (percent < 70) {
            conceivePaid(id, user, now);
        } else if (percent < 85) {
            conceiveNeverPaid(id, user, now);
        } else if (percent < 98) {
            long expiry = now + between(3_000, 6_000);
            orders.add(pending(id, user, false, utc(expiry)));
            // at any pace: it is the moment that is to be hit
            long paidAt = percent < 95
                    ? expiry - AT_EXPIRY_MILLIS + random.nextInt(2 * AT_EXPIRY_MILLIS)
                    : expiry + between(-300, CANCELLED_WITHIN_MILLIS);
            plan(paidAt, Kind.PAY_LATE, id);
        } else {
            orders.add(pending(id, user, false, null));
            plan(now + between(500, 2_000), Kind.FAIL, id);
        }
    }

    private void conceivePaid(long id, int user, long now) {
        int percent = random.nextInt(100);
        if (percent < 3) {
            orders.add(new NewOrder(id, user, merchant(), "COMPLETED", false, null, utc(now), utc(now)));
        } else if (percent < 8) {
            orders.add(new NewOrder(id, user, merchant(), "PAID", false, null, utc(now), null));
        } else {
            orders.add(pending(id, user, false, null));
            long paidAt = now + between(200, 4_000);
            if (percent < 12) {
                plan(paidAt, Kind.PAY_AND_COMPLETE, id);
            } else {
                plan(paidAt, Kind.PAY, id);
                if (percent < 22) {
                    plan(paidAt + between(100, 5_000), Kind.COMPLETE, id);
                } else if (percent < 24) {
                    plan(paidAt + between(100, 5_000), Kind.REFUND, id);
                }
            }
        }
    }

    private void conceiveNeverPaid(long id, int user, long now) {
        boolean byStrategy = Population.hasStrategy(user);
        orders.add(pending(id, user, byStrategy, byStrategy ? null : utc(now + between(3_000, 8_000))));
        book.due(id, Event.CANCELLED);
    }

    private void conceiveBad(long number) {
        long id = book.next(1);
        orders.add(
                number % 2 == 0
                        ? new NewOrder(id, UNKNOWN_USER + number, merchant(), "PAID", false, null, null, null)
                        : new NewOrder(id, 1, merchant(), "SHIPPED", false, null, null, null));
    }

    private NewOrder pending(long id, int user, boolean withStrategy, LocalDateTime expiresAt) {
        return new NewOrder(id, user, merchant(), "PENDING", withStrategy, expiresAt, null, null);
    }

    private void planToggles(long now) {
        int users = Math.max(1, settings.users() / TOGGLED_ONE_IN);
        for (int i = 0; i < users; i++) {
            int user = 1 + random.nextInt(settings.users());
            boolean group = Population.hasGroup(user);
            plan(now, group ? Kind.GROUP_OFF : Kind.USER_OFF, user);
            plan(
                    now + OFF_LEAST_MILLIS + random.nextInt(OFF_MOST_MILLIS - OFF_LEAST_MILLIS),
                    group ? Kind.GROUP_ON : Kind.USER_ON,
                    user);
        }
    }

    /** Nobody has to wait for those that are off when the flow ends. */
    private void switchAllOn(long now) {
        List<Step> later = agenda.stream()
                .filter(step -> step.atMillis() > now && step.kind().switchesOn)
                .toList();
        agenda.removeAll(later);
        later.forEach(step -> plan(now, step.kind(), step.id()));
    }

    private void insert() throws SQLException {
        if (orders.isEmpty()) {
            return;
        }
        sql.commit(connection -> {
            OrderInsert.write(connection, orders);
            long committedAt = clock.millis();
            for (NewOrder order : orders) {
                if (order.paidAt() != null) {
                    book.paid(order.id(), committedAt);
                }
                if (order.completedAt() != null) {
                    book.due(order.id(), Event.COMPLETED);
                }
            }
            return orders.size();
        });
        book.written(orders.size());
        orders.clear();
    }

    private void takeSteps(long now) throws SQLException {
        Map<Kind, List<Long>> due = new EnumMap<>(Kind.class);
        while (!agenda.isEmpty() && agenda.peek().atMillis() <= now) {
            Step step = agenda.remove();
            due.computeIfAbsent(step.kind(), kind -> new ArrayList<>()).add(step.id());
        }
        // in the order of the constants: an order that is paid and completed in one tick is paid first
        for (Map.Entry<Kind, List<Long>> steps : due.entrySet()) {
            take(steps.getKey(), steps.getValue());
        }
    }

    private void take(Kind kind, List<Long> ids) throws SQLException {
        switch (kind) {
            case PAY ->
                pay(
                        "UPDATE orders SET status = 'PAID', paid_at = UTC_TIMESTAMP(3) WHERE status = 'PENDING' AND id IN",
                        ids,
                        false);
            case PAY_AND_COMPLETE ->
                pay(
                        "UPDATE orders SET status = 'COMPLETED', paid_at = UTC_TIMESTAMP(3),"
                                + " completed_at = UTC_TIMESTAMP(3) WHERE status = 'PENDING' AND id IN",
                        ids,
                        true);
            case PAY_LATE -> payLate(ids);
            case COMPLETE ->
                step(
                        "UPDATE orders SET status = 'COMPLETED', completed_at = UTC_TIMESTAMP(3)"
                                + " WHERE status = 'PAID' AND id IN",
                        ids,
                        Event.COMPLETED);
            case REFUND ->
                step("UPDATE orders SET status = 'REFUNDED' WHERE status = 'PAID' AND id IN", ids, Event.REFUNDED);
            case FAIL ->
                step("UPDATE orders SET status = 'FAILED' WHERE status = 'PENDING' AND id IN", ids, Event.FAILED);
            case USER_OFF -> toggle("users", ids, false);
            case USER_ON -> toggle("users", ids, true);
            case GROUP_OFF -> toggle("order_groups", ids, false);
            case GROUP_ON -> toggle("order_groups", ids, true);
        }
    }

    private void pay(String statement, List<Long> ids, boolean completed) throws SQLException {
        sql.commit(connection -> {
            expect(ids.size(), sql.updateByIds(statement, ids), statement);
            long committedAt = clock.millis();
            for (long id : ids) {
                book.paid(id, committedAt);
                if (completed) {
                    book.due(id, Event.COMPLETED);
                }
            }
            return ids.size();
        });
    }

    /** One by one, as the count of each tells whether the payment or the cancellation won. */
    private void payLate(List<Long> ids) throws SQLException {
        for (long id : ids) {
            sql.commit(connection -> {
                try (PreparedStatement update =
                        connection.prepareStatement("UPDATE orders SET status = 'PAID', paid_at = UTC_TIMESTAMP(3)"
                                + " WHERE status = 'PENDING' AND id = ?")) {
                    update.setLong(1, id);
                    boolean won = update.executeUpdate() == 1;
                    if (won) {
                        book.paid(id, clock.millis());
                    } else {
                        // an earlier try of this may have won, and have been lost with its transaction
                        book.notPaid(id);
                        book.due(id, Event.CANCELLED);
                    }
                    return won;
                }
            });
        }
    }

    private void step(String statement, List<Long> ids, Event event) throws SQLException {
        sql.commit(connection -> {
            expect(ids.size(), sql.updateByIds(statement, ids), statement);
            ids.forEach(id -> book.due(id, event));
            return ids.size();
        });
    }

    private void toggle(String table, List<Long> ids, boolean on) throws SQLException {
        if (!on) {
            ids.forEach(id -> book.switchedOff(id.intValue()));
        }
        long before = clock.millis();
        sql.commit(connection ->
                sql.updateByIds("UPDATE " + table + " SET status = " + (on ? 1 : 0) + " WHERE id IN", ids));
        long now = clock.millis();
        if (on) {
            ids.forEach(id -> book.switchedOn(id.intValue(), before, now));
        } else {
            ids.forEach(id -> book.wasSwitchedOff(id.intValue(), now));
        }
    }

    /** Nobody else writes these orders, but for cancelling those that expire, which these do not. */
    private static void expect(int rows, int changed, String statement) {
        if (changed != rows) {
            throw new IllegalStateException(
                    "Only " + changed + " of " + rows + " orders were as they had been written: " + statement);
        }
    }

    private void plan(long atMillis, Kind kind, long id) {
        agenda.add(new Step(atMillis, kind, id));
    }

    private int merchant() {
        if (settings.favourite() == 0) {
            return 1 + random.nextInt(settings.merchants());
        }
        return random.nextInt(100) < settings.favourite() ? 1 : 2 + random.nextInt(settings.merchants() - 1);
    }

    private long between(int from, int to) {
        return (from + random.nextInt(to - from)) / settings.pace();
    }

    private static LocalDateTime utc(long millis) {
        return LocalDateTime.ofEpochSecond(0, 0, ZoneOffset.UTC).plus(millis, ChronoUnit.MILLIS);
    }

    /** What happens to an order, user or group; in the order in which what is due at the same moment is done. */
    private enum Kind {
        USER_OFF,
        GROUP_OFF,
        PAY,
        PAY_LATE,
        PAY_AND_COMPLETE,
        COMPLETE,
        REFUND,
        FAIL,
        USER_ON(true),
        GROUP_ON(true);

        private final boolean switchesOn;

        Kind() {
            this(false);
        }

        Kind(boolean switchesOn) {
            this.switchesOn = switchesOn;
        }
    }

    private record Step(long atMillis, Kind kind, long id) {}
}

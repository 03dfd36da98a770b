package io.orderwatch.faults;

import io.orderwatch.stack.generator.Event;
import io.orderwatch.stack.merchant.Delivery;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** Paid orders of which one knows the shard, so that one can see when a shard is swept. Safe for use by many threads. */
final class Markers {

    /** Ids that the generator does not come to. */
    static final long FIRST = 1_000_000_000;

    /** A multiple of any number of shards up to 1,024 that is a power of two; users above are ours, one a shard. */
    private static final long USERS = 1L << 20;

    private static final long MERCHANT = 10_001;

    private final Tables tables;
    private final int shards;
    private long next = FIRST;

    Markers(Tables tables, int shards) {
        this.tables = tables;
        this.shards = shards;
    }

    void populate(String address, String secret) {
        tables.execute("INSERT INTO merchants (id) VALUES (?)", MERCHANT);
        tables.execute(
                "INSERT INTO merchant_endpoints (merchant_id, url, secret) VALUES (?, ?, ?)",
                MERCHANT,
                address,
                secret);
        tables.execute("INSERT INTO users (id) VALUES "
                + LongStream.range(0, shards)
                        .mapToObj(shard -> "(" + (USERS + shard) + ")")
                        .collect(Collectors.joining(", ")));
    }

    static long merchant() {
        return MERCHANT;
    }

    /** Writes one in each of the shards, all in one transaction. Returns the first of their ids, which are in a row. */
    synchronized long write(Collection<Long> inShards) {
        long first = next;
        next += inShards.size();
        Iterator<Long> shard = inShards.iterator();
        tables.execute("INSERT INTO orders (id, order_no, user_id, merchant_id, status, paid_at) VALUES "
                + LongStream.range(first, next)
                        .mapToObj(id -> "(%d, 'M-%d', %d, %d, 'PAID', UTC_TIMESTAMP(3))"
                                .formatted(id, id, USERS + shard.next(), MERCHANT))
                        .collect(Collectors.joining(", ")));
        return first;
    }

    /** The id that the next one gets. */
    synchronized long next() {
        return next;
    }

    /** How many of those from the one id to before the other are not swept yet. */
    long unswept(long from, long to) {
        return tables.number("SELECT COUNT(*) FROM orders WHERE id >= ? AND id < ? AND seen_status IS NULL", from, to);
    }

    /** When the last of them was swept, milliseconds since 1970. They are. */
    long lastSwept(long from, long to) {
        return tables.number(
                "SELECT CAST(MAX(UNIX_TIMESTAMP(created_at)) * 1000 AS SIGNED) FROM order_status_logs"
                        + " WHERE order_id >= ? AND order_id < ?",
                from,
                to);
    }

    /** The longest time from being written to being swept, in milliseconds. */
    long longestWait(long from, long to) {
        return tables.number(
                "SELECT MAX(TIMESTAMPDIFF(MICROSECOND, o.created_at, l.created_at)) DIV 1000 FROM orders o"
                        + " JOIN order_status_logs l ON l.order_id = o.id WHERE o.id >= ? AND o.id < ?",
                from,
                to);
    }

    /** The one whose merchant's first good answer came longest after it was written. All were answered. */
    Told slowestToBeTold(long from, long to, LongFunction<Delivery> heard) {
        return tables
                .texts(
                        "SELECT CONCAT(id, ' ', CAST(UNIX_TIMESTAMP(created_at) * 1000 AS SIGNED)) FROM orders"
                                + " WHERE id >= ? AND id < ?",
                        from,
                        to)
                .stream()
                .map(row -> row.split(" "))
                .map(row -> {
                    long order = Long.parseLong(row[0]);
                    Delivery delivery = heard.apply(Event.PAID.notificationId(order));
                    return new Told(order, delivery.acceptedAt() - Long.parseLong(row[1]));
                })
                .max(Comparator.comparingLong(Told::millis))
                .orElse(new Told(from, 0));
    }

    /** Who noticed it and who tried to tell it, and how long after it was written. */
    String life(long order) {
        return String.join(
                "; ",
                tables.texts(
                        "SELECT CONCAT('order ', o.id, ' of shard ', o.shard, ', written at ', TIME(o.created_at), ': noticed by ',"
                                + " l.node, ' after ', TIMESTAMPDIFF(MICROSECOND, o.created_at, l.created_at) DIV 1000,"
                                + " ' ms, sent by ', a.node, ' after ',"
                                + " TIMESTAMPDIFF(MICROSECOND, o.created_at, a.started_at) DIV 1000, ' ms, ', a.outcome)"
                                + " FROM orders o JOIN order_status_logs l ON l.order_id = o.id"
                                + " LEFT JOIN notification_attempts a ON a.notification_id = ? WHERE o.id = ? ORDER BY a.id",
                        Event.PAID.notificationId(order),
                        order));
    }

    /** @param millis from its being written to the answer */
    record Told(long order, long millis) {}
}

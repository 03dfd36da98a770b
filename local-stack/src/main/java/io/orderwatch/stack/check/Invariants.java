package io.orderwatch.stack.check;

import io.orderwatch.stack.generator.OrderBook.Off;
import io.orderwatch.stack.merchant.Delivery;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * What must hold of the tables whatever happened. Each check returns the rows that break it, a sentence each; an empty
 * list is good. Some hold at every moment, those of {@link #unfinished} once everything has come to rest. All read whole
 * tables.
 *
 * <p>They take it that nobody but Orderwatch cancels orders, and that no order goes back to a state that it had.
 */
public final class Invariants {

    private static final Duration FOR_EVER = Duration.ofDays(36_500);

    /** So many rows are told of each sort. */
    private static final int TOLD = 20;

    private static final String EVENT_NUMBER =
            "FIELD(%s, 'PENDING', 'PAID', 'COMPLETED', 'CANCELLED', 'FAILED', 'REFUNDED') - 1";

    /** Orders that nobody can deal with. */
    private static final String BAD = "(u.id IS NULL OR m.id IS NULL"
            + " OR o.status NOT IN ('PENDING', 'PAID', 'COMPLETED', 'CANCELLED', 'FAILED', 'REFUNDED')"
            + " OR NOT COALESCE(JSON_VALID(o.attributes), 1) OR COALESCE(LENGTH(o.attributes), 0) > 65536)";

    private static final String SWITCHES_OF = " JOIN users u ON u.id = %1$s.user_id"
            + " LEFT JOIN order_groups g ON g.id = %1$s.group_id LEFT JOIN strategies s ON s.id = %1$s.strategy_id";
    private static final String ON = "u.status = 1 AND COALESCE(g.status, 1) = 1 AND COALESCE(s.status, 1) = 1";

    private final DataSource database;
    private final Heard heard;
    private final Duration soon;

    /** What the merchants themselves say. */
    public interface Heard {

        /** Zeros for what never arrived. */
        Delivery of(long notificationId);

        void forEach(Consumer<Delivery> consumer);
    }

    /** All that is not delivered or given up is unfinished. */
    public Invariants(DataSource database, Heard heard) {
        this(database, heard, FOR_EVER);
    }

    /** @param soon what is not to be tried again before so long waits on purpose, and is not unfinished */
    public Invariants(DataSource database, Heard heard, Duration soon) {
        this.database = database;
        this.heard = heard;
        this.soon = soon;
    }

    /** Invariants 1 to 5 and 7, of a time in which each notification may be told once only. */
    public List<String> broken() {
        return broken(Set.of());
    }

    /** @param mayBeTwice notifications that merchants may have been told twice: their sender died */
    public List<String> broken(Set<Long> mayBeTwice) {
        return broken(mayBeTwice, FOR_EVER);
    }

    /**
     * @param mayBeTwice notifications that merchants may have been told twice: their sender died
     * @param claimed as {@link #sentTwiceAtATime(Duration)} has it
     */
    public List<String> broken(Set<Long> mayBeTwice, Duration claimed) {
        return Stream.of(
                        paidAndCancelled(),
                        unpaidPastExpiry(Duration.ofSeconds(15)),
                        notLoggedOnce(),
                        notNotifiedOnce(),
                        unfinished(),
                        deliveredUnheard(),
                        toldTwice(mayBeTwice),
                        sentTwiceAtATime(claimed),
                        notOneOwner(),
                        notSetAsideAsDue())
                .flatMap(List::stream)
                .toList();
    }

    /** 1: a paid order is never cancelled. */
    public List<String> paidAndCancelled() {
        return rows(
                "Order %s is cancelled and paid",
                "SELECT o.id, o.status, o.paid_at, o.cancelled_at, o.cancel_reason FROM orders o"
                        + " WHERE (o.status = 'CANCELLED' OR EXISTS (SELECT 1 FROM order_status_logs l"
                        + " WHERE l.order_id = o.id AND l.to_status = 'CANCELLED'))"
                        + " AND (o.paid_at IS NOT NULL OR EXISTS (SELECT 1 FROM order_status_logs l"
                        + " WHERE l.order_id = o.id AND l.to_status IN ('PAID', 'COMPLETED', 'REFUNDED')))");
    }

    /**
     * 1: an order past its expiry is not left unpaid and open.
     *
     * @param grace the time that the job has for it
     */
    public List<String> unpaidPastExpiry(Duration grace) {
        String expiry =
                "COALESCE(o.expires_at," + " o.created_at + INTERVAL COALESCE(s.payment_window_seconds, 1800) SECOND)";
        return rows(
                "Order %s is past its expiry, unpaid and open",
                "SELECT o.id, o.created_at, o.expires_at, o.held, o.shard FROM orders o" + SWITCHES_OF.formatted("o")
                        + " WHERE o.status = 'PENDING' AND o.paid_at IS NULL AND o.held <> 2 AND " + ON + " AND "
                        + expiry + " < UTC_TIMESTAMP(3) - INTERVAL ? SECOND",
                grace.toSeconds());
    }

    /** 2: each step of an order's life is logged once, and none is skipped. */
    public List<String> notLoggedOnce() {
        List<String> broken = new ArrayList<>();
        broken.addAll(rows(
                "A step of order %s is logged more than once",
                "SELECT order_id, to_status, COUNT(*) AS times FROM order_status_logs"
                        + " GROUP BY order_id, to_status HAVING COUNT(*) > 1"));
        broken.addAll(rows(
                "The log of order %s has a gap",
                "SELECT order_id, id, from_status, before_it, to_status FROM (SELECT order_id, id, from_status,"
                        + " to_status, LAG(to_status) OVER (PARTITION BY order_id ORDER BY id) AS before_it"
                        + " FROM order_status_logs) l WHERE NOT (from_status <=> before_it)"
                        + " OR (from_status IS NULL AND to_status <> 'PENDING')"));
        broken.addAll(rows(
                "The log of order %s skips the payment",
                "SELECT l.order_id, l.to_status FROM order_status_logs l WHERE l.to_status IN ('COMPLETED', 'REFUNDED')"
                        + " AND NOT EXISTS (SELECT 1 FROM order_status_logs p WHERE p.order_id = l.order_id"
                        + " AND p.to_status = 'PAID' AND p.id < l.id)"));
        broken.addAll(rows(
                "The log of order %s does not end with what was dealt with",
                "SELECT o.id, o.seen_status, o.status FROM orders o WHERE o.seen_status IS NOT NULL AND NOT"
                        + " (o.seen_status <=> (SELECT l.to_status FROM order_status_logs l WHERE l.order_id = o.id"
                        + " ORDER BY l.id DESC LIMIT 1))"));
        broken.addAll(rows(
                "The log of order %s begins though the order was not dealt with",
                "SELECT o.id, l.to_status FROM orders o JOIN order_status_logs l ON l.order_id = o.id"
                        + " WHERE o.seen_status IS NULL"));
        return broken;
    }

    /** 2: each event that its merchant wants to hear of has one notification, and each notification its logged change. */
    public List<String> notNotifiedOnce() {
        String number = EVENT_NUMBER.formatted("n.event");
        List<String> broken = new ArrayList<>();
        broken.addAll(rows(
                "A logged step of order %s has no notification",
                "SELECT l.order_id, l.to_status, l.node, l.created_at FROM order_status_logs l"
                        + " JOIN orders o ON o.id = l.order_id JOIN merchants m ON m.id = o.merchant_id"
                        + " WHERE FIND_IN_SET(l.to_status, m.events) > 0 AND NOT EXISTS (SELECT 1 FROM notifications n"
                        + " WHERE n.id = l.order_id * 16 + " + EVENT_NUMBER.formatted("l.to_status")
                        + " AND n.event = l.to_status)"));
        broken.addAll(rows(
                "Notification %s tells of what was never logged",
                "SELECT n.id, n.order_id, n.event FROM notifications n WHERE NOT EXISTS (SELECT 1"
                        + " FROM order_status_logs l WHERE l.order_id = n.order_id AND l.to_status = n.event)"));
        broken.addAll(rows(
                "Notification %s has another one's number",
                "SELECT n.id, n.order_id, n.event FROM notifications n WHERE n.id <> n.order_id * 16 + " + number));
        return broken;
    }

    /** 3: what is paid, and whatever else happened to orders of those who are on, was told, or is DEAD for all to see. */
    public List<String> unfinished() {
        List<String> broken = new ArrayList<>();
        broken.addAll(rows(
                "Order %s has changed and was not dealt with",
                "SELECT o.id, o.status, o.seen_status, o.held, o.shard FROM orders o" + SWITCHES_OF.formatted("o")
                        + " WHERE NOT (o.status <=> o.seen_status) AND o.held <> 2 AND " + ON));
        broken.addAll(rows(
                "Paid order %s has no notification of it",
                "SELECT o.id, o.status, o.paid_at FROM orders o" + SWITCHES_OF.formatted("o")
                        + " JOIN merchants m ON m.id = o.merchant_id WHERE o.held <> 2 AND " + ON
                        + " AND (o.paid_at IS NOT NULL OR o.status IN ('PAID', 'COMPLETED', 'REFUNDED'))"
                        + " AND FIND_IN_SET('PAID', m.events) > 0"
                        + " AND NOT EXISTS (SELECT 1 FROM notifications n WHERE n.id = o.id * 16 + 1)"));
        broken.addAll(rows(
                "Notification %s is neither delivered nor given up",
                "SELECT n.id, n.state, n.held, n.attempts, n.next_attempt_at, n.lease_until, n.claimed_by, n.shard"
                        + " FROM notifications n" + SWITCHES_OF.formatted("n")
                        + " WHERE n.state NOT IN ('DELIVERED', 'DEAD') AND n.held <> 2 AND " + ON
                        + " AND NOT (n.state = 'READY' AND n.next_attempt_at > UTC_TIMESTAMP(3) + INTERVAL ? SECOND)",
                soon.toSeconds()));
        return broken;
    }

    /** 3: what counts as delivered has reached its merchant, and merchants heard of nothing else. */
    public List<String> deliveredUnheard() {
        Map<Long, String> states = states();
        List<String> broken = new ArrayList<>();
        states.forEach((id, state) -> {
            if (state.equals("DELIVERED") && heard.of(id).acceptances() == 0) {
                broken.add("Notification " + id + " counts as delivered, and its merchant never accepted it: "
                        + heard.of(id));
            }
        });
        heard.forEach(delivery -> {
            if (!states.containsKey(delivery.id())) {
                broken.add("Notification " + delivery.id() + " was sent, and does not exist: " + delivery);
            }
        });
        return shortened(broken);
    }

    /**
     * 3: merchants were told once.
     *
     * @param exempt notifications whose sender died
     */
    public List<String> toldTwice(Set<Long> exempt) {
        List<String> broken = new ArrayList<>();
        heard.forEach(delivery -> {
            if (delivery.acceptances() > 1 && !exempt.contains(delivery.id())) {
                broken.add("Notification " + delivery.id() + " was accepted " + delivery.acceptances() + " times: "
                        + delivery + ", by tries " + tries(delivery.id()));
            }
        });
        return shortened(broken);
    }

    private List<String> tries(long notificationId) {
        return rows(
                "%s",
                "SELECT attempt, node, epoch, started_at, duration_ms, outcome, detail, created_at"
                        + " FROM notification_attempts WHERE notification_id = ? ORDER BY id",
                notificationId);
    }

    /** 4: one live sender per notification, and one that delivered, of a time in which no node stood still. */
    public List<String> sentTwiceAtATime() {
        return sentTwiceAtATime(FOR_EVER);
    }

    /**
     * 4: one live sender per notification, and one that delivered.
     *
     * @param claimed how long a claim holds at least from when its request begins. A sender that stood still, or was cut
     *     off, for so long is no live one any more: another may begin after that, and what the first one still writes
     *     down, under a claim that is over, counts for nothing
     */
    public List<String> sentTwiceAtATime(Duration claimed) {
        long millis = claimed.toMillis();
        List<String> broken = new ArrayList<>();
        // both times are truncated to a millisecond
        broken.addAll(rows(
                "Notification %s was sent again while it was being sent",
                "SELECT a.notification_id, a.node, a.started_at, a.duration_ms, a.outcome, b.node AS other_node,"
                        + " b.started_at AS again_at FROM notification_attempts a JOIN notification_attempts b"
                        + " ON b.notification_id = a.notification_id AND b.id <> a.id AND (b.started_at > a.started_at"
                        + " OR (b.started_at = a.started_at AND b.id > a.id))"
                        + " WHERE b.started_at < a.started_at + INTERVAL LEAST(a.duration_ms, ?) * 1000 - 1000 MICROSECOND"
                        + " OR b.started_at = a.started_at",
                millis));
        broken.addAll(rows(
                "Notification %s was sent again after it was delivered",
                "SELECT a.notification_id, a.node, a.started_at, b.node AS other_node, b.started_at AS again_at"
                        + " FROM notification_attempts a JOIN notification_attempts b"
                        + " ON b.notification_id = a.notification_id AND b.id <> a.id"
                        + " AND b.started_at > a.started_at WHERE a.outcome = 'DELIVERED'"
                        + " AND LEAST(a.created_at, b.started_at) < a.started_at + INTERVAL ? * 1000 MICROSECOND",
                millis));
        broken.addAll(rows(
                "Notification %s has a state that no try of it explains",
                "SELECT n.id, n.state, n.attempts, COUNT(a.id) AS tries, COALESCE(SUM(a.outcome = 'DELIVERED'), 0)"
                        + " AS deliveries, COALESCE(SUM(a.outcome = 'DELIVERED'"
                        + " AND a.created_at < a.started_at + INTERVAL ? * 1000 MICROSECOND), 0) AS in_time"
                        + " FROM notifications n LEFT JOIN notification_attempts a"
                        + " ON a.notification_id = n.id GROUP BY n.id, n.state, n.attempts"
                        + " HAVING deliveries < (n.state = 'DELIVERED') OR in_time > (n.state = 'DELIVERED')"
                        + " OR tries < n.attempts",
                millis));
        return broken;
    }

    /** 5: a shard is worked by one node per epoch, and by none of an older epoch. */
    public List<String> notOneOwner() {
        List<String> broken = new ArrayList<>();
        broken.addAll(rows(
                "Shard %s is not owned as its history says",
                "SELECT l.shard, l.node, l.epoch, COUNT(e.epoch) AS grants, MAX(e.epoch) AS last_grant"
                        + " FROM shard_leases l LEFT JOIN shard_epochs e ON e.shard = l.shard"
                        + " GROUP BY l.shard, l.node, l.epoch HAVING COUNT(e.epoch) <> l.epoch"
                        + " OR COALESCE(MAX(e.epoch), 0) <> l.epoch"));
        broken.addAll(rows(
                "Shard %s belongs to another node than it was granted to",
                "SELECT l.shard, l.node, e.node AS granted_to, l.epoch FROM shard_leases l"
                        + " JOIN shard_epochs e ON e.shard = l.shard AND e.epoch = l.epoch WHERE l.node <> e.node"));
        work().forEach((what, rows) -> {
            broken.addAll(rows(
                    "A row of " + what + ", %s, is of a node that did not own its shard",
                    "SELECT w.id, w.shard, w.node, w.epoch, e.node AS owner, w.created_at FROM (" + rows + ") w"
                            + " LEFT JOIN shard_epochs e ON e.shard = w.shard AND e.epoch = w.epoch"
                            + " WHERE NOT (e.node <=> w.node)"));
            broken.addAll(rows(
                    "A row of " + what + ", %s, is older than the right to write it",
                    "SELECT w.id, w.shard, w.node, w.epoch, w.created_at, e.granted_at FROM (" + rows + ") w"
                            + " JOIN shard_epochs e ON e.shard = w.shard AND e.epoch = w.epoch"
                            + " WHERE w.started_at < e.granted_at - INTERVAL 1000 MICROSECOND"));
            if (!what.equals("notification_attempts")) {
                // a try may be recorded after its shard is gone: its claim was made before
                broken.addAll(rows(
                        "A row of " + what + ", %s, was written under an epoch that was over",
                        "SELECT w.id, w.shard, w.node, w.epoch, w.created_at, e.granted_at AS next_epoch_at,"
                                + " e.node AS next_node FROM (" + rows + ") w JOIN shard_epochs e"
                                + " ON e.shard = w.shard AND e.epoch = w.epoch + 1 WHERE w.created_at > e.granted_at"));
            }
        });
        return broken;
    }

    /** 5: no request begins under an epoch that is over, whoever claimed it when. */
    public List<String> startedUnderOldEpoch() {
        // a start is truncated to a millisecond
        return rows(
                "Notification %s was sent under an epoch that was over",
                "SELECT a.notification_id, n.shard, a.node, a.epoch, a.started_at, a.outcome, e.node AS next_node,"
                        + " e.reason, e.granted_at AS next_epoch_at FROM notification_attempts a"
                        + " JOIN notifications n ON n.id = a.notification_id JOIN shard_epochs e ON e.shard = n.shard"
                        + " AND e.epoch = a.epoch + 1 WHERE a.epoch <> 0 AND a.started_at > e.granted_at");
    }

    /** All rows that tell who did what under which epoch. */
    private static Map<String, String> work() {
        Map<String, String> work = new HashMap<>();
        work.put(
                "order_status_logs",
                "SELECT l.id, o.shard, l.node, l.epoch, l.created_at AS started_at, l.created_at"
                        + " FROM order_status_logs l JOIN orders o ON o.id = l.order_id");
        work.put(
                "status_changes",
                "SELECT c.id, u.shard, c.node, c.epoch, c.created_at AS started_at, c.created_at FROM status_changes c"
                        + " JOIN users u ON u.id = c.user_id");
        // 0: by hand
        work.put(
                "notification_attempts",
                "SELECT a.id, n.shard, a.node, a.epoch, a.started_at, a.created_at FROM notification_attempts a"
                        + " JOIN notifications n ON n.id = a.notification_id WHERE a.epoch <> 0");
        return work;
    }

    /**
     * 6: while a user is off nothing new starts.
     *
     * @param since so long after the switch
     */
    public List<String> startedWhileOff(Collection<Off> offs, Duration since) {
        List<String> broken = new ArrayList<>();
        for (Off off : offs) {
            String from = utc(off.fromMillis() + since.toMillis());
            String until = utc(off.untilMillis());
            String offThen = "User " + off.user() + " was off from " + utc(off.fromMillis()) + " until " + until;
            broken.addAll(rows(
                    offThen + ", and notification %s was sent",
                    "SELECT n.id, a.node, a.attempt, a.started_at FROM notifications n"
                            + " JOIN notification_attempts a ON a.notification_id = n.id"
                            + " WHERE n.user_id = ? AND a.started_at > ? AND a.started_at < ?",
                    off.user(),
                    from,
                    until));
            broken.addAll(rows(
                    offThen + ", and a step of order %s was dealt with",
                    "SELECT l.order_id, l.node, l.to_status, l.created_at FROM orders o"
                            + " JOIN order_status_logs l ON l.order_id = o.id"
                            + " WHERE o.user_id = ? AND l.created_at > ? AND l.created_at < ?",
                    off.user(),
                    from,
                    until));
        }
        return shortened(broken);
    }

    private static String utc(long millis) {
        return LocalDateTime.ofInstant(Instant.ofEpochMilli(millis), ZoneOffset.UTC)
                .toString()
                .replace('T', ' ');
    }

    /**
     * 6: what merchants were told of each order began in the order of the events.
     *
     * @param orders whose events were all dealt with at once
     */
    public List<String> startedOutOfOrder(Collection<Long> orders) {
        String first = "SELECT n.id, n.order_id, MIN(a.started_at) AS first_at FROM notifications n"
                + " JOIN notification_attempts a ON a.notification_id = n.id WHERE n.order_id IN ("
                + orders.stream().map(String::valueOf).collect(Collectors.joining(", "))
                + ") GROUP BY n.id, n.order_id";
        return rows(
                "Notification %s was sent before that of an earlier event",
                "SELECT later.id, later.first_at, earlier.id AS earlier, earlier.first_at AS earlier_at FROM (" + first
                        + ") later JOIN (" + first + ") earlier ON earlier.order_id = later.order_id"
                        + " AND earlier.id < later.id WHERE later.first_at < earlier.first_at");
    }

    /** 7: every bad row is set aside, with its reason, and no other. */
    public List<String> notSetAsideAsDue() {
        String orders = " FROM orders o LEFT JOIN users u ON u.id = o.user_id"
                + " LEFT JOIN merchants m ON m.id = o.merchant_id"
                + " LEFT JOIN set_aside a ON a.kind = 'ORDER' AND a.subject_id = o.id WHERE ";
        List<String> broken = new ArrayList<>();
        broken.addAll(rows(
                "Bad order %s is not set aside",
                "SELECT o.id, o.status, o.user_id, o.merchant_id, o.held, a.reason" + orders + BAD
                        + " AND (o.held <> 2 OR COALESCE(a.reason, '') = '')"));
        broken.addAll(rows(
                "Good order %s is set aside",
                "SELECT o.id, o.status, o.user_id, o.held, a.reason" + orders + "NOT " + BAD
                        + " AND (o.held = 2 OR a.id IS NOT NULL)"));
        broken.addAll(rows(
                "Notification %s is set aside",
                "SELECT n.id, n.state, n.held, a.reason FROM notifications n LEFT JOIN set_aside a"
                        + " ON a.kind = 'NOTIFICATION' AND a.subject_id = n.id WHERE n.held = 2 OR a.id IS NOT NULL"));
        return broken;
    }

    private Map<Long, String> states() {
        Map<Long, String> states = new HashMap<>();
        query("SELECT id, state FROM notifications", row -> states.put(row.getLong(1), row.getString(2)));
        return states;
    }

    /** @param sentence its %s is the first column */
    private List<String> rows(String sentence, String sql, Object... parameters) {
        List<String> rows = new ArrayList<>();
        query(
                sql,
                row -> {
                    ResultSetMetaData columns = row.getMetaData();
                    StringJoiner rest = new StringJoiner(", ", " (", ")");
                    for (int i = 2; i <= columns.getColumnCount(); i++) {
                        rest.add(columns.getColumnLabel(i) + "=" + row.getString(i));
                    }
                    rows.add(sentence.formatted(row.getString(1)) + rest);
                },
                parameters);
        return shortened(rows);
    }

    private static List<String> shortened(List<String> rows) {
        return rows.size() <= TOLD
                ? rows
                : Stream.concat(rows.stream().limit(TOLD), Stream.of("... and " + (rows.size() - TOLD) + " more"))
                        .toList();
    }

    private void query(String sql, Row consumer, Object... parameters) {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    consumer.take(rows);
                }
            } finally {
                if (!connection.getAutoCommit()) {
                    connection.rollback();
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    @FunctionalInterface
    private interface Row {
        void take(ResultSet row) throws SQLException;
    }
}

package io.orderwatch.dao;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariDataSource;
import io.orderwatch.dao.alert.AlertStore;
import io.orderwatch.dao.alert.ConditionStore;
import io.orderwatch.dao.cluster.ClusterStore;
import io.orderwatch.dao.notification.DueNotification;
import io.orderwatch.dao.notification.HeldBackStore;
import io.orderwatch.dao.notification.MerchantStore;
import io.orderwatch.dao.notification.NewNotification;
import io.orderwatch.dao.notification.NotificationStore;
import io.orderwatch.dao.order.OrderState;
import io.orderwatch.dao.order.OrderStore;
import io.orderwatch.dao.setaside.SetAsideStore;
import io.orderwatch.dao.status.SwitchKind;
import io.orderwatch.dao.status.SwitchStore;
import io.orderwatch.dao.status.Toggle;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What each periodic query reads is counted by the server itself, with many rows in place that it must not look at: the
 * cost of a tick grows with the work that it takes.
 */
@ExtendWith(StackExtension.class)
class PeriodicQueriesIT {

    private static final int ROWS = 60_000;
    private static final List<Integer> ALL =
            IntStream.range(0, TestDatabase.SHARDS).boxed().toList();

    private static TestDatabase db;
    private static HikariDataSource one;

    private final OrderStore orders = new OrderStore();
    private final NotificationStore notifications = new NotificationStore();
    private final SwitchStore switches = new SwitchStore();
    private final ConditionStore conditions = new ConditionStore();
    private final AlertStore alerts = new AlertStore();

    @BeforeAll
    static void fill(Stack stack) {
        db = TestDatabase.create(stack);
        // counters are a session's, so there must be but one
        one = DataSources.pool("one", db.settings(), 1, Duration.ofSeconds(10));
        db.execute("CREATE TABLE numbers (n INT PRIMARY KEY)");
        db.execute("INSERT INTO numbers SELECT a.d + 10 * b.d + 100 * c.d FROM " + digits("a") + ", " + digits("b")
                + ", " + digits("c"));
        db.execute("INSERT INTO users (id) SELECT n + 1 FROM numbers");
        for (int i = 0; i < ROWS / 1000; i++) {
            // dealt with, and half of them unpaid and far from their expiry
            db.execute(
                    "INSERT INTO orders (order_no, user_id, merchant_id, status, seen_status, expires_at)"
                            + " SELECT CONCAT('N', ?, '-', n), n + 1, 1, IF(n % 2, 'PAID', 'PENDING'),"
                            + " IF(n % 2, 'PAID', 'PENDING'), UTC_TIMESTAMP(3) + INTERVAL 1 DAY FROM numbers",
                    i);
            // due, all of them
            db.execute(
                    "INSERT INTO notifications (id, order_id, user_id, merchant_id, event, body, next_attempt_at)"
                            + " SELECT ? * 16000 + n * 16 + 1, 1, n + 1, 1, 'PAID', '{}', UTC_TIMESTAMP(3) FROM numbers",
                    i);
        }
        db.text("ANALYZE TABLE orders, notifications, users");
    }

    @AfterAll
    static void drop() {
        one.close();
        db.close();
    }

    @Test
    void looking_for_changed_orders_reads_what_is_changed() {
        db.execute("UPDATE orders SET status = 'COMPLETED' WHERE order_no LIKE 'N0-__'");
        long changed = db.number("SELECT COUNT(*) FROM orders WHERE work = 1");
        assertTrue(changed > 50);
        assertReads(changed * 3 + 100, tx -> orders.changed(tx, ALL, 1000, 1000), changed);
        db.execute("UPDATE orders SET seen_status = status WHERE work = 1");
        assertReads(100, tx -> orders.changed(tx, ALL, 1000, 1000), 0);
    }

    @Test
    void looking_for_expired_orders_reads_what_has_expired() {
        assertReads(100, tx -> orders.expired(tx, ALL, 1000, 1000), 0);
    }

    @Test
    void looking_for_due_notifications_reads_what_is_taken_and_not_what_waits() {
        assertReads(1000, tx -> notifications.due(tx, ofEach(25)), 200);
    }

    /** Not merchant by merchant: each may have few requests at a time till it has answered some. */
    @Test
    void what_is_due_at_the_same_time_comes_order_by_order() {
        db.execute("INSERT INTO notifications (id, order_id, user_id, merchant_id, event, body, next_attempt_at)"
                + " SELECT 900000000 + n, 1, " + TestDatabase.SHARDS + ", 2000 - n % 20, 'PAID', '{}',"
                + " UTC_TIMESTAMP(3) - INTERVAL 1 HOUR FROM numbers WHERE n < 200");
        try {
            List<Long> merchants = new Database(one)
                    .inTransaction(tx -> notifications.due(tx, Map.of(0, 40))).stream()
                            .map(DueNotification::merchantId)
                            .toList();
            assertEquals(LongStream.range(0, 40).map(n -> 2000 - n % 20).boxed().toList(), merchants);
        } finally {
            db.execute("DELETE FROM notifications WHERE id >= 900000000");
        }
    }

    @Test
    void looking_for_what_is_written_already_reads_no_more_than_there_is_of_the_orders_in_between() {
        List<NewNotification> neighbours = LongStream.rangeClosed(1, 100)
                .boxed()
                .flatMap(order -> Stream.of(of(order, OrderState.PAID), of(order, OrderState.COMPLETED)))
                .toList();
        assertReads(150, tx -> notifications.unwritten(tx, neighbours), 100);
        List<NewNotification> farApart = LongStream.rangeClosed(1, 100)
                .mapToObj(i -> of(i * 50, OrderState.PAID))
                .toList();
        assertReads(300, tx -> notifications.unwritten(tx, farApart), 0);
    }

    private static NewNotification of(long order, OrderState event) {
        return new NewNotification(NewNotification.idOf(order, event), order, 1, null, null, 1, 1, event, "{}");
    }

    /** The backlog of a merchant that cannot be told now: nobody reads past it, neither for others nor to find it. */
    @Test
    void what_is_parked_costs_the_others_nothing() {
        db.execute("INSERT INTO notifications (id, order_id, user_id, merchant_id, event, body, next_attempt_at)"
                + " SELECT 900000000 + n, 1, n + 1, 2, 'PAID', '{}', UTC_TIMESTAMP(3) FROM numbers WHERE n < 80");
        db.execute("UPDATE notifications SET held = 3, attempts = (id DIV 16000) % 2 WHERE merchant_id = 1");
        try {
            assertReads(300, tx -> notifications.due(tx, ofEach(25)), 80);
            Map<Integer, Long> first =
                    ALL.stream().collect(Collectors.toMap(Function.identity(), shard -> NotificationStore.FIRST_LANE));
            assertReads(60, tx -> notifications.parked(tx, first), TestDatabase.SHARDS);
            Map<Integer, Long> half = ALL.stream().collect(Collectors.toMap(Function.identity(), shard -> 0L));
            assertReads(60, tx -> notifications.parked(tx, half), TestDatabase.SHARDS);
            Map<Integer, Long> last = ALL.stream().collect(Collectors.toMap(Function.identity(), shard -> 1L));
            assertReads(60, tx -> notifications.parked(tx, last), 0);
            assertReads(1500, tx -> notifications.dueOf(tx, 1, ofEach(25)), 2 * 25 * TestDatabase.SHARDS);
        } finally {
            db.execute("UPDATE notifications SET held = 0, attempts = 0 WHERE merchant_id = 1");
            db.execute("DELETE FROM notifications WHERE merchant_id = 2");
        }
    }

    @Test
    void looking_for_flipped_switches_reads_those() {
        assertReads(300, tx -> switches.toggled(tx, ALL, 200), 0);
    }

    @Test
    void releasing_what_is_held_reads_what_is_held() {
        db.execute("UPDATE orders SET held = 1 WHERE order_no LIKE 'N1-7_'");
        Toggle toggle = new Toggle(SwitchKind.USER, 71, 71, 71 % TestDatabase.SHARDS, 1, 0);
        assertReads(100, tx -> List.of(switches.releaseOrders(tx, toggle, 0, 2000)), 1);
    }

    @Test
    void watching_the_queue_counts_no_further_than_it_has_to() {
        assertReads(2 * 1000 + 100, tx -> List.of(conditions.waiting(tx, ALL, 1000)), 1);
    }

    @Test
    void watching_rates_reads_a_row_a_minute_and_not_one_a_merchant() {
        db.execute("INSERT INTO delivery_minutes (minute, merchant_id, node, tries, accepted, unanswered, millis)"
                + " SELECT DATE_FORMAT(UTC_TIMESTAMP() - INTERVAL n MINUTE, '%Y-%m-%d %H:%i:00'), m, 'n', 1, 1, 0, 1"
                + " FROM numbers, (SELECT n AS m FROM numbers WHERE n < 50) merchants");
        db.text("ANALYZE TABLE delivery_minutes");
        assertReads(
                50,
                tx -> List.of(conditions.window(tx, new ClusterStore().databaseTime(tx), Duration.ofMinutes(5))),
                1);
    }

    @Test
    void watching_incidents_reads_those_that_last() {
        db.execute("INSERT INTO alerts (name, severity, title, message, opened_at, closed_at)"
                + " SELECT 'queue', 'WARNING', 't', 'm', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) FROM numbers");
        db.execute("INSERT INTO alert_notices (alert_id, channel, stage, name, subject, severity, title, message)"
                + " SELECT n, 'mail', 'OPENED', 'queue', '', 'WARNING', 't', 'm' FROM numbers");
        db.execute("INSERT INTO alerts (name, severity, title, message) VALUES ('queue', 'WARNING', 't', 'm')");
        db.text("ANALYZE TABLE alerts, alert_notices");
        assertReads(20, alerts::open, 1);
        assertReads(20, tx -> alerts.claim(tx, "mail", 1, Duration.ofMinutes(1), 1), 0);
    }

    @Test
    void closing_what_was_mended_reads_what_is_open() {
        db.execute("INSERT INTO set_aside (kind, subject_id, reason, node, closed_at)"
                + " SELECT 'ORDER', -n - 1, 'bad', 'n', UTC_TIMESTAMP(3) FROM numbers");
        db.execute("INSERT INTO set_aside (kind, subject_id, reason, node)"
                + " SELECT 'ORDER', id, 'bad', 'n' FROM orders ORDER BY id LIMIT 10");
        db.execute("UPDATE orders SET held = 2 ORDER BY id LIMIT 10");
        db.text("ANALYZE TABLE set_aside");
        try {
            SetAsideStore store = new SetAsideStore();
            assertReads(60, tx -> List.of(store.close(tx, 0, 500)), 1);
        } finally {
            db.execute("UPDATE orders SET held = 0 WHERE held = 2");
        }
    }

    @Test
    void giving_up_reads_what_is_given_up() {
        db.execute("UPDATE notifications SET held = 3 WHERE merchant_id = 1");
        try {
            HeldBackStore store = new HeldBackStore();
            assertReads(20, tx -> List.of(store.giveUp(tx, 1, 3, Duration.ofDays(7), "n", 200)), 1);
        } finally {
            db.execute("UPDATE notifications SET held = 0 WHERE merchant_id = 1");
        }
    }

    /** Of 10,000 merchants those that were asked for: their row, their endpoints, and no other. */
    @Test
    void looking_merchants_up_reads_their_rows_and_those_of_their_endpoints() {
        for (int i = 0; i < 10; i++) {
            db.execute("INSERT INTO merchants (id) SELECT 100000 + ? * 1000 + n FROM numbers", i);
            db.execute(
                    "INSERT INTO merchant_endpoints (merchant_id, url, secret)"
                            + " SELECT 100000 + ? * 1000 + n, 'https://shop.example/', 's' FROM numbers",
                    i);
        }
        db.text("ANALYZE TABLE merchants, merchant_endpoints");
        List<Long> some =
                LongStream.range(0, 100).map(i -> 100_000 + i * 97).boxed().toList();
        assertReads(500, tx -> List.copyOf(new MerchantStore().find(tx, some).values()), 100);
    }

    private static Map<Integer, Integer> ofEach(int limit) {
        return ALL.stream().collect(Collectors.toMap(Function.identity(), shard -> limit));
    }

    private static void assertReads(long most, Function<Tx, List<?>> query, long rows) {
        Database database = new Database(one);
        int found = database.inTransaction(query).size();
        long before = reads();
        int again = database.inTransaction(query).size();
        long read = reads() - before;
        assertEquals(rows, found);
        assertTrue(read <= most, "read " + read + " rows for " + again + ", not at most " + most);
    }

    private static long reads() {
        try (Connection connection = one.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SHOW SESSION STATUS LIKE 'Handler_read%'")) {
            long sum = 0;
            while (rows.next()) {
                sum += rows.getLong(2);
            }
            connection.rollback();
            return sum;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String digits(String alias) {
        return "(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4"
                + " UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9) "
                + alias;
    }
}

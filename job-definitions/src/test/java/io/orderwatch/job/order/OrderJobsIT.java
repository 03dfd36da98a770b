package io.orderwatch.job.order;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import io.orderwatch.dao.Database;
import io.orderwatch.dao.TestDatabase;
import io.orderwatch.dao.shard.ShardLease;
import io.orderwatch.dao.status.SwitchStore;
import io.orderwatch.dao.status.Toggle;
import io.orderwatch.job.FixedTenure;
import io.orderwatch.job.ShardJob;
import io.orderwatch.job.Sweep;
import io.orderwatch.job.UserLog;
import io.orderwatch.job.status.StatusChangeJob;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(StackExtension.class)
class OrderJobsIT {

    private static final OrderSettings SETTINGS = new OrderSettings(500, Duration.ofMinutes(30), 1024);

    private final Queue queue = new Queue();
    private final MetricRegistry metrics = new MetricRegistry();
    private TestDatabase db;
    private FixedTenure tenure;
    private ShardJob scan;
    private ShardJob expiry;
    private ShardJob statusChange;

    @BeforeEach
    void open(Stack stack) {
        db = TestDatabase.create(stack);
        Database database = db.database();
        tenure = FixedTenure.ofAll(database, "node-1");
        scan = scan(SETTINGS);
        expiry = new ExpiryCancelJob(database, SETTINGS, () -> {}, new UserLog(), metrics);
        statusChange = new StatusChangeJob(database, () -> {}, new UserLog(), metrics);
        db.execute("INSERT INTO users (id) VALUES (1), (2), (3)");
        db.execute("INSERT INTO order_groups (id, user_id) VALUES (10, 1)");
        db.execute("INSERT INTO strategies (id, user_id, payment_window_seconds) VALUES (20, 1, 60)");
        db.execute("INSERT INTO merchants (id) VALUES (5)");
        db.execute("INSERT INTO merchants (id, events) VALUES (6, 'PENDING,REFUNDED')");
    }

    @AfterEach
    void close() {
        db.close();
    }

    @Test
    void each_step_is_logged_once_and_notified_once() {
        order("A", 1);
        sweep(scan);
        assertEquals("PENDING", steps("A"));
        assertEquals("", events("A"), "merchants do not hear of PENDING unless they ask");
        db.execute("UPDATE orders SET status = 'PAID' WHERE order_no = 'A'");
        sweep(scan);
        sweep(scan);
        db.execute("UPDATE orders SET status = 'COMPLETED' WHERE order_no = 'A'");
        sweep(scan);
        assertEquals("PENDING,PAID,COMPLETED", steps("A"));
        assertEquals("PAID,COMPLETED", events("A"));
        assertEquals(2, queue.offered.size());
    }

    @Test
    void steps_between_two_ticks_are_not_skipped() {
        order("A", 1);
        sweep(scan);
        db.execute("UPDATE orders SET status = 'COMPLETED', paid_at = UTC_TIMESTAMP(3) WHERE order_no = 'A'");
        sweep(scan);
        assertEquals("PENDING,PAID,COMPLETED", steps("A"));
        assertEquals("PAID,COMPLETED", events("A"));
        assertEquals(1, db.number("SELECT COUNT(*) FROM order_status_logs WHERE derived = 1 AND to_status = 'PAID'"));
    }

    @Test
    void merchants_hear_of_what_they_subscribed_to() {
        db.execute("INSERT INTO orders (order_no, user_id, merchant_id) VALUES ('A', 1, 6)");
        sweep(scan);
        db.execute("UPDATE orders SET status = 'REFUNDED' WHERE order_no = 'A'");
        sweep(scan);
        assertEquals("PENDING,REFUNDED", events("A"));
        assertEquals("PENDING,PAID,REFUNDED", steps("A"));
    }

    /** Nobody has to read past them, not even once. */
    @Test
    void what_a_crowded_merchant_cannot_be_told_now_is_parked_as_it_is_written() {
        queue.crowded.add(5L);
        for (int merchant = 5; merchant <= 6; merchant++) {
            db.execute(
                    "INSERT INTO orders (order_no, user_id, merchant_id, status) VALUES (?, 1, ?, 'PAID')",
                    "A" + merchant,
                    merchant);
        }
        sweep(scan);
        assertEquals(
                "5 in lane 5,6 in lane 0",
                db.text("SELECT GROUP_CONCAT(DISTINCT merchant_id, ' in lane ', lane ORDER BY merchant_id)"
                        + " FROM notifications"));
    }

    @Test
    void body_tells_the_order_and_passes_its_attributes_on() {
        db.execute("INSERT INTO orders (order_no, user_id, merchant_id, status, amount, attributes, paid_at)"
                + " VALUES ('A', 1, 5, 'PAID', 12.30, '{\"colour\": [\"red\"]}', '2026-01-02 03:04:05.678')");
        sweep(scan);
        String body = db.text("SELECT body FROM notifications");
        assertTrue(
                body.startsWith("{\"type\":\"order.paid\",\"timestamp\":\"2026-01-02T03:04:05.678Z\",\"data\":{"),
                body);
        assertTrue(body.contains("\"amount\":\"12.3000\""), body);
        assertTrue(body.contains("\"attributes\":{\"colour\":[\"red\"]}"), body);
    }

    /** 1,000 of them would be 64 MB, and several times that in memory. */
    @Test
    void a_batch_is_bounded_by_the_bytes_of_its_attributes_too() {
        int bytes = 64 * 1024;
        int wide = 160;
        for (int i = 0; i < wide; i++) {
            db.execute(
                    "INSERT INTO orders (order_no, user_id, merchant_id, status, attributes)"
                            + " VALUES (?, 1, 5, 'PAID', CONCAT('{\"a\":\"', REPEAT('x', ?), '\"}'))",
                    "W" + i,
                    bytes - 8);
        }
        order("small", 1);
        db.execute("UPDATE orders SET status = 'PAID' WHERE order_no = 'small'");
        OrderScanJob patient = scan(new OrderSettings(1_000, Duration.ofMinutes(30), bytes));
        int most = 0;
        boolean more = true;
        while (more) {
            int before = queue.offered.size();
            more = patient.sweep(tenure).more();
            most = Math.max(most, queue.offered.size() - before);
        }
        assertEquals(64, most, "4 MiB");
        assertEquals(wide + 1, queue.offered.size());
        assertEquals(
                wide,
                db.number(
                        "SELECT COUNT(*) FROM notifications WHERE body LIKE CONCAT('%', REPEAT('x', 1000), '%')"
                                + " AND LENGTH(body) > ?",
                        bytes));
    }

    @Test
    void bad_rows_are_set_aside_and_their_neighbours_go_on() {
        order("A", 1);
        db.execute("INSERT INTO orders (order_no, user_id, merchant_id) VALUES ('B', 999, 5)");
        db.execute("INSERT INTO orders (order_no, user_id, merchant_id, status) VALUES ('C', 1, 5, 'paid')");
        db.execute("INSERT INTO orders (order_no, user_id, merchant_id) VALUES ('D', 1, 999)");
        db.execute(
                "INSERT INTO orders (order_no, user_id, merchant_id, status, attributes) VALUES ('E', 1, 5, 'PAID', '[1]')");
        db.execute(
                "INSERT INTO orders (order_no, user_id, merchant_id, attributes) VALUES ('F', 1, 5, ?)",
                "{\"a\":\"" + "x".repeat(2000) + "\"}");
        db.execute("INSERT INTO orders (order_no, user_id, merchant_id, status) VALUES ('G', 1, 5, 'PAID')");
        sweep(scan);
        assertEquals(
                "B,C,D,E,F", db.text("SELECT GROUP_CONCAT(order_no ORDER BY order_no) FROM orders WHERE held = 2"));
        assertEquals("user 999 does not exist", reason("B"));
        assertTrue(reason("C").startsWith("status 'paid' is none of"), reason("C"));
        assertEquals("merchant 999 does not exist", reason("D"));
        assertEquals("attributes are no JSON object", reason("E"));
        assertTrue(reason("F").contains("2008 bytes"), reason("F"));
        assertEquals("PENDING", steps("A"));
        assertEquals("PENDING,PAID", steps("G"));
        assertEquals(5, metrics.meter("order.set-aside").getCount());

        db.execute("INSERT INTO users (id) VALUES (999)");
        db.execute("UPDATE orders SET held = 0 WHERE order_no = 'B'");
        sweep(scan);
        assertEquals("PENDING", steps("B"), "an operator mended it and set it free");
    }

    @Test
    void a_row_that_breaks_the_statement_itself_is_found_and_set_aside() {
        // a merchant that asks for PAID, and an order id whose notification id does not fit into 64 bits
        db.execute(
                "INSERT INTO orders (id, order_no, user_id, merchant_id, status) VALUES (?, 'A', 1, 5, 'PAID')",
                Long.MAX_VALUE / 8);
        db.execute("INSERT INTO orders (id, order_no, user_id, merchant_id, status) VALUES (1, 'B', 1, 5, 'PAID')");
        sweep(scan);
        assertEquals("2", db.text("SELECT held FROM orders WHERE order_no = 'A'"));
        assertEquals("PENDING,PAID", steps("B"));
    }

    @Test
    void orders_of_what_is_switched_off_are_held_and_resume_in_order() {
        db.execute("UPDATE users SET status = 0 WHERE id = 2");
        db.execute("UPDATE order_groups SET status = 0 WHERE id = 10");
        sweep(statusChange);
        assertEquals("USER 2 1>0,GROUP 10 1>0", changes());
        order("A", 2);
        order("B", 2);
        db.execute("INSERT INTO orders (order_no, user_id, merchant_id, group_id) VALUES ('C', 1, 5, 10)");
        order("D", 1);
        sweep(scan);
        sweep(scan);
        assertEquals("A,B,C", held());
        assertEquals("PENDING", steps("D"));
        assertEquals("", steps("A"));

        db.execute("UPDATE users SET status = 1 WHERE id = 2");
        sweep(statusChange);
        assertEquals("C", held());
        sweep(scan);
        assertEquals("PENDING", steps("A"));
        assertEquals("PENDING", steps("B"));
        db.execute("UPDATE order_groups SET status = 1 WHERE id = 10");
        sweep(statusChange);
        sweep(scan);
        assertEquals("PENDING", steps("C"));
        assertEquals("USER 2 1>0,GROUP 10 1>0,USER 2 0>1,GROUP 10 0>1", changes());
    }

    @Test
    void a_switch_that_flickers_between_two_ticks_leaves_nothing_held() {
        db.execute("UPDATE users SET status = 0 WHERE id = 2");
        order("A", 2);
        sweep(scan);
        assertEquals("A", held());
        db.execute("UPDATE users SET status = 1 WHERE id = 2");
        sweep(statusChange);
        assertEquals("", held());
        assertEquals("USER 2 1>0,USER 2 0>1", changes());
    }

    @Test
    void an_operators_open_transaction_keeps_nobody_waiting_and_sets_nothing_aside() throws Exception {
        db.execute("UPDATE users SET status = 0 WHERE id = 2");
        sweep(statusChange);
        order("A", 2);
        order("D", 1);
        try (Connection operator = db.pool().getConnection()) {
            TestDatabase.execute(operator, "UPDATE users SET status = 1 WHERE id = 2");
            assertEquals(1, scan.sweep(tenure).worked(), "D alone: who waited for the operator would lose the batch");
            assertEquals("PENDING", steps("D"));
            operator.commit();
        }
        sweep(statusChange);
        sweep(scan);
        assertEquals("PENDING", steps("A"));
        assertEquals(0, db.number("SELECT COUNT(*) FROM set_aside"));
    }

    @Test
    void a_switch_that_flickers_while_its_rows_are_released_leaves_nothing_held() {
        SwitchStore switches = new SwitchStore();
        Database database = db.database();
        db.execute("UPDATE users SET status = 0 WHERE id = 2");
        order("A", 2);
        sweep(scan);
        db.execute("UPDATE users SET status = 1 WHERE id = 2");
        List<Integer> shards = tenure.leases().stream().map(ShardLease::shard).toList();
        Toggle toggle =
                database.inTransaction(tx -> switches.toggled(tx, shards, 10)).get(0);
        database.run(tx -> switches.releaseOrders(tx, toggle, 0, 100));
        db.execute("UPDATE users SET status = 0 WHERE id = 2");
        sweep(scan);
        assertEquals("A", held());
        db.execute("UPDATE users SET status = 1 WHERE id = 2");
        boolean effective = database.inTransaction(tx -> switches.tookEffect(tx, toggle, 1, "node-1"));
        assertFalse(effective, "the switch is where it was read, but a row was held behind the release");
        sweep(statusChange);
        assertEquals("", held());
    }

    @Test
    void what_two_switches_hold_is_set_free_by_the_second() {
        db.execute("UPDATE users SET status = 0 WHERE id = 1");
        db.execute("UPDATE order_groups SET status = 0 WHERE id = 10");
        db.execute("INSERT INTO orders (order_no, user_id, merchant_id, group_id) VALUES ('C', 1, 5, 10)");
        sweep(scan);
        db.execute("UPDATE users SET status = 1 WHERE id = 1");
        sweep(statusChange);
        assertEquals("C", held());
        db.execute("UPDATE order_groups SET status = 1 WHERE id = 10");
        sweep(statusChange);
        assertEquals("", held());
    }

    @Test
    void an_operators_switch_is_never_overwritten_however_the_two_interleave() throws Exception {
        CompletableFuture<Integer> operator = CompletableFuture.supplyAsync(() -> {
            int last = 1;
            for (int i = 0; i < 300; i++) {
                last = ThreadLocalRandom.current().nextInt(2);
                db.execute("UPDATE users SET status = ? WHERE id = 3", last);
                if (i % 10 == 0) {
                    order("R" + i, 3);
                }
            }
            return last;
        });
        while (!operator.isDone()) {
            sweep(scan);
            sweep(statusChange);
        }
        int last = operator.get();
        sweep(scan);
        sweep(statusChange);
        assertEquals(last, db.number("SELECT status FROM users WHERE id = 3"));
        assertEquals(last, db.number("SELECT seen_status FROM users WHERE id = 3"));
        db.execute("UPDATE users SET status = 1 WHERE id = 3");
        sweep(statusChange);
        sweep(scan);
        assertEquals(30, db.number("SELECT COUNT(*) FROM order_status_logs WHERE user_id = 3"), "none is left behind");
        assertEquals("", held());
    }

    @Test
    void unpaid_orders_expire_after_their_strategys_window_or_the_default() {
        order("A", 1);
        db.execute("INSERT INTO orders (order_no, user_id, merchant_id, strategy_id) VALUES ('B', 1, 5, 20)");
        db.execute("INSERT INTO orders (order_no, user_id, merchant_id, expires_at) VALUES ('C', 1, 5, '2026-01-01')");
        sweep(scan);
        String window = "SELECT TIMESTAMPDIFF(SECOND, created_at, expires_at) FROM orders WHERE order_no = ?";
        assertEquals(1800, db.number(window, "A"));
        assertEquals(60, db.number(window, "B"));
        sweep(expiry);
        assertEquals("C", db.text("SELECT GROUP_CONCAT(order_no) FROM orders WHERE status = 'CANCELLED'"));
        sweep(scan);
        assertEquals("PENDING,CANCELLED", steps("C"));
        assertEquals("CANCELLED", events("C"));
        assertTrue(db.text("SELECT body FROM notifications").contains("\"cancel_reason\":\"EXPIRED\""));
    }

    @Test
    void orders_of_what_is_switched_off_do_not_expire_before_it_is_on_again() {
        db.execute("UPDATE users SET status = 0 WHERE id = 1");
        db.execute("INSERT INTO orders (order_no, user_id, merchant_id, expires_at) VALUES ('C', 1, 5, '2026-01-01')");
        db.execute("UPDATE orders SET seen_status = status");
        sweep(expiry);
        assertEquals("PENDING", db.text("SELECT status FROM orders"));
        assertEquals("C", held());
        db.execute("UPDATE users SET status = 1 WHERE id = 1");
        sweep(statusChange);
        sweep(expiry);
        assertEquals("CANCELLED", db.text("SELECT status FROM orders"));
    }

    @Test
    void payment_in_flight_wins_over_expiry_and_a_paid_order_is_never_cancelled() throws Exception {
        db.execute("INSERT INTO orders (order_no, user_id, merchant_id, expires_at) VALUES ('A', 1, 5, '2026-01-01')");
        db.execute("INSERT INTO orders (order_no, user_id, merchant_id, expires_at, paid_at)"
                + " VALUES ('B', 1, 5, '2026-01-01', UTC_TIMESTAMP(3))");
        try (Connection payer = db.pool().getConnection()) {
            TestDatabase.execute(payer, "UPDATE orders SET status = 'PAID' WHERE order_no = 'A'");
            assertEquals(Sweep.IDLE.worked(), expiry.sweep(tenure).worked(), "neither waits for the payer nor cancels");
            payer.commit();
        }
        sweep(expiry);
        assertEquals("PAID", db.text("SELECT status FROM orders WHERE order_no = 'A'"));
        assertEquals("PENDING", db.text("SELECT status FROM orders WHERE order_no = 'B'"), "it says that it was paid");
    }

    @Test
    void payments_and_expiry_that_race_never_both_win() throws Exception {
        int orders = 400;
        for (int i = 0; i < orders; i++) {
            db.execute(
                    "INSERT INTO orders (order_no, user_id, merchant_id, expires_at) VALUES (?, 1, 5, UTC_TIMESTAMP(3)"
                            + " + INTERVAL ? MICROSECOND)",
                    "R" + i,
                    i * 900);
        }
        CompletableFuture<Integer> payer = CompletableFuture.supplyAsync(() -> {
            int paid = 0;
            for (int i = 0; i < orders; i++) {
                paid += db.execute(
                        "UPDATE orders SET status = 'PAID', paid_at = UTC_TIMESTAMP(3)"
                                + " WHERE order_no = ? AND status = 'PENDING'",
                        "R" + i);
            }
            return paid;
        });
        while (!payer.isDone()) {
            expiry.sweep(tenure);
        }
        sweep(expiry);
        int paid = payer.get();
        assertEquals(paid, db.number("SELECT COUNT(*) FROM orders WHERE status = 'PAID'"));
        assertEquals(orders - paid, db.number("SELECT COUNT(*) FROM orders WHERE status = 'CANCELLED'"));
        assertEquals(0, db.number("SELECT COUNT(*) FROM orders WHERE status = 'CANCELLED' AND paid_at IS NOT NULL"));
    }

    @Test
    void a_backlog_is_looked_for_once_for_several_batches() {
        backlog(600);
        OrderScanJob small = scan(new OrderSettings(50, Duration.ofMinutes(30), 64 * 1024));
        String first = paidAfterTwoBatches(small);

        assertTrue(small.sweep(tenure).more());
        assertEquals("PENDING", steps(first), "the look before found enough for this batch");
        sweep(small);
        assertEquals("PENDING,PAID", steps(first));
        assertEquals(0, db.number("SELECT COUNT(*) FROM orders WHERE work = 1"));
    }

    @Test
    void what_a_look_found_is_forgotten_with_its_leases_and_found_again() {
        backlog(300);
        OrderScanJob small = scan(new OrderSettings(50, Duration.ofMinutes(30), 64 * 1024));
        String first = paidAfterTwoBatches(small);
        tenure = FixedTenure.ofAll(db.database(), "node-1");
        small.sweep(tenure);
        assertEquals("PENDING,PAID", steps(first), "the next look begins anew");
    }

    /** Two batches, and then the first order of the first of them is paid, which the look for both cannot know. */
    private String paidAfterTwoBatches(OrderScanJob scan) {
        scan.sweep(tenure);
        String first = db.text("SELECT order_no FROM orders WHERE work = 0 ORDER BY id LIMIT 1");
        scan.sweep(tenure);
        db.execute("UPDATE orders SET status = 'PAID' WHERE order_no = ?", first);
        return first;
    }

    @Test
    void a_full_look_leaves_no_shard_out_of_the_next_one() {
        backlog(600);
        db.execute("INSERT INTO users (id) VALUES (44)");
        order("quiet", 44);
        OrderScanJob tiny = scan(new OrderSettings(10, Duration.ofMinutes(30), 64 * 1024));
        int sweeps = 0;
        while (steps("quiet").isEmpty()) {
            tiny.sweep(tenure);
            sweeps++;
        }
        assertTrue(sweeps <= 1 + 4, sweeps + " sweeps");
    }

    @Test
    void stale_epoch_changes_no_row() {
        order("A", 1);
        FixedTenure.ofAll(db.database(), "node-2");
        scan.sweep(tenure);
        expiry.sweep(tenure);
        assertEquals("", steps("A"));
        assertEquals(1, db.number("SELECT COUNT(*) FROM orders WHERE work = 1"));
    }

    private OrderScanJob scan(OrderSettings settings) {
        return new OrderScanJob(db.database(), settings, queue, new UserLog(), metrics);
    }

    /** New orders of three users in turn. */
    private void backlog(int count) {
        for (int i = 0; i < count; i++) {
            order("B" + i, 1 + i % 3);
        }
    }

    private void order(String orderNo, long user) {
        db.execute("INSERT INTO orders (order_no, user_id, merchant_id) VALUES (?, ?, 5)", orderNo, user);
    }

    private void sweep(ShardJob job) {
        boolean more = true;
        while (more) {
            more = job.sweep(tenure).more();
        }
    }

    private String steps(String orderNo) {
        return list(
                "SELECT GROUP_CONCAT(l.to_status ORDER BY l.id) FROM order_status_logs l"
                        + " JOIN orders o ON o.id = l.order_id WHERE o.order_no = ?",
                orderNo);
    }

    private String events(String orderNo) {
        return list(
                "SELECT GROUP_CONCAT(n.event ORDER BY n.id) FROM notifications n"
                        + " JOIN orders o ON o.id = n.order_id WHERE o.order_no = ?",
                orderNo);
    }

    private String held() {
        return list("SELECT GROUP_CONCAT(order_no ORDER BY order_no) FROM orders WHERE held = 1");
    }

    private String changes() {
        return list("SELECT GROUP_CONCAT(kind, ' ', subject_id, ' ', from_status, '>', to_status ORDER BY id)"
                + " FROM status_changes");
    }

    private String reason(String orderNo) {
        return list(
                "SELECT s.reason FROM set_aside s JOIN orders o ON o.id = s.subject_id"
                        + " WHERE s.kind = 'ORDER' AND o.order_no = ?",
                orderNo);
    }

    private String list(String sql, Object... parameters) {
        String text = db.text(sql, parameters);
        return text == null ? "" : text;
    }
}

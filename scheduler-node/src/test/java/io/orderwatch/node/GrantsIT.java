package io.orderwatch.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import io.orderwatch.stack.cluster.Cluster;
import io.orderwatch.stack.cluster.ClusterSettings;
import io.orderwatch.stack.merchant.Behaviour;
import io.orderwatch.stack.merchant.Merchant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The accounts of {@code sql/grants.sql}, as the README says that they are made: with what they may do, the schema is
 * applied, nodes do all that they do, and operators do what the contract gives to them; and no more than that.
 */
@ExtendWith(StackExtension.class)
class GrantsIT {

    private static final String PASSWORD = "Nothing-2-see";
    private static final int MERCHANT = 7;
    /** Statements of the file before the tables have to be there. */
    private static final int OF_THE_MIGRATION = 2;

    private Merchant merchant;
    private final List<String> users = new ArrayList<>();
    private Stack stack;
    private String schema;

    @BeforeEach
    void make_schema(Stack given) throws InterruptedException {
        merchant = Merchant.start(0, Merchant::secretOf, InstantSource.system(), (id, at) -> {});
        stack = given;
        schema = given.newSchema("grants_it");
    }

    @AfterEach
    void remove() throws SQLException {
        merchant.close();
        for (String user : users) {
            execute(stack, "DROP USER IF EXISTS '" + user + "'@'%'");
        }
        stack.dropSchema(schema);
    }

    @Test
    void accounts_may_do_all_that_they_have_to_and_no_more() throws Exception {
        List<String> grants = grants();
        for (String statement : grants.subList(0, OF_THE_MIGRATION)) {
            execute(stack, statement);
        }
        AsUser migrate = new AsUser(stack, user("migrate"), PASSWORD);
        try (Cluster none = cluster("migrate", migrate, 1)) {
            none.migrate(() -> false);
        }
        for (String statement : grants.subList(OF_THE_MIGRATION, grants.size())) {
            execute(stack, statement);
        }
        AsUser node = new AsUser(stack, user("node"), PASSWORD);
        AsUser operator = new AsUser(stack, user("operator"), PASSWORD);
        try (Cluster nodes = cluster("nodes", node, 2)) {
            nodes.start(() -> false);
            work(operator, nodes);
        }
        assertEquals(List.of(), complaints());
        nodeMayNotDoWhatOthersDo(node);
        operatorMayNotReadSecrets(operator);
    }

    /** Each job with something to do, and a hand-over and a take-over of shards. */
    private void work(AsUser operator, Cluster nodes) throws Exception {
        execute(stack, "INSERT INTO users (id) VALUES (1), (2), (3)");
        execute(stack, "INSERT INTO order_groups (id, user_id) VALUES (1, 1)");
        execute(stack, "INSERT INTO strategies (id, user_id, payment_window_seconds) VALUES (1, 1, 1)");
        execute(stack, "INSERT INTO merchants (id, retry_delays) VALUES (" + MERCHANT + ", '200ms')");
        execute(
                stack,
                "INSERT INTO merchant_endpoints (merchant_id, url, secret) VALUES (" + MERCHANT + ", '"
                        + merchant.address(MERCHANT) + "', '" + Merchant.secretOf(MERCHANT) + "')");

        // delivered, given up, expired, set aside
        paid("A-1", 1, MERCHANT);
        await("SELECT COUNT(*) FROM notifications WHERE state = 'DELIVERED'", 1);
        merchant.behave(MERCHANT, Behaviour.parse("fail=500"));
        paid("A-2", 2, MERCHANT);
        await("SELECT COUNT(*) FROM notifications WHERE state = 'DEAD'", 1);
        merchant.behave(MERCHANT, Behaviour.OK);
        execute(
                stack,
                "INSERT INTO orders (order_no, user_id, group_id, strategy_id, merchant_id) VALUES ('A-3', 1, 1, 1, "
                        + MERCHANT + ")");
        await("SELECT COUNT(*) FROM orders WHERE status = 'CANCELLED' AND cancel_reason = 'EXPIRED'", 1);
        paid("A-4", 1, 404);
        await("SELECT COUNT(*) FROM set_aside", 1);

        // what an operator does
        execute(operator, "UPDATE users SET status = 0 WHERE id = 3");
        paid("A-5", 3, MERCHANT);
        await("SELECT COUNT(*) FROM orders WHERE user_id = 3 AND held = 1", 1);
        assertEquals(1, number(operator, "SELECT COUNT(*) FROM status_changes WHERE kind = 'USER' AND to_status = 0"));
        execute(operator, "UPDATE users SET status = 1 WHERE id = 3");
        await("SELECT COUNT(*) FROM notifications WHERE user_id = 3 AND state = 'DELIVERED'", 1);
        for (String table : List.of("order_groups", "strategies", "merchants")) {
            execute(operator, "UPDATE " + table + " SET status = 0 WHERE id = 1");
            execute(operator, "UPDATE " + table + " SET status = 1 WHERE id = 1");
        }
        execute(
                operator,
                "UPDATE merchant_endpoints SET max_in_flight = 8, status = 1 WHERE merchant_id = " + MERCHANT);
        execute(operator, "UPDATE orders SET held = 0 WHERE order_no = 'A-4'");
        execute(operator, "UPDATE job_settings SET cron = '0/1 * * * * ?' WHERE job = 'log-cleanup'");
        execute(operator, "UPDATE job_settings SET interval_ms = 1000 WHERE job = 'doctor'");
        execute(operator, "UPDATE job_settings SET interval_ms = 1000 WHERE job IN ('give-up', 'set-aside')");
        await("SELECT COUNT(*) FROM job_runs WHERE job = 'log-cleanup' AND runs > 1", 1);
        await("SELECT COUNT(*) FROM job_runs WHERE job = 'alert-check' AND runs > 1", 1);
        await(
                "SELECT COUNT(DISTINCT job) FROM job_runs WHERE job IN ('give-up', 'set-aside') AND runs > 1 AND failures = 0",
                2);
        await("SELECT COUNT(*) FROM delivery_minutes WHERE merchant_id = " + MERCHANT, 1);
        number(operator, "SELECT COUNT(*) FROM job_settings WHERE rejected IS NOT NULL");
        number(
                operator,
                "SELECT COUNT(*) FROM orders o JOIN notifications n ON n.id BETWEEN o.id * 16 AND o.id * 16 + 15"
                        + " LEFT JOIN notification_attempts a ON a.notification_id = n.id WHERE o.order_no = 'A-2'");

        nodes.stop("node-2");
        nodes.start("node-2");
        // a node that has nothing yet is not missed
        await("SELECT COUNT(DISTINCT node) FROM shard_leases WHERE node = 'node-2'", 1);
        nodes.kill("node-2");
        await("SELECT COUNT(*) FROM shard_leases WHERE node = 'node-2'", 0);
        await("SELECT COUNT(*) FROM alerts WHERE open_key = 'node-lost node node-2'", 1);
        assertEquals(
                1, number(operator, "SELECT COUNT(*) FROM alerts WHERE name = 'node-lost'"), "one left, one was lost");
        assertEquals(0, number(stack, "SELECT COUNT(*) FROM job_runs WHERE failures > 0"), "see job_runs.last_error");
    }

    private void nodeMayNotDoWhatOthersDo(AsUser node) {
        for (String refused : List.of(
                "UPDATE users SET status = 0 WHERE id = 1",
                "UPDATE merchants SET retry_delays = '1s' WHERE id = 7",
                "UPDATE orders SET amount = 1 WHERE order_no = 'A-1'",
                "DELETE FROM orders",
                "UPDATE audit_log SET actor = 'nobody'",
                "DROP TABLE alerts")) {
            refused(node, refused);
        }
    }

    private void operatorMayNotReadSecrets(AsUser operator) {
        for (String refused : List.of(
                "SELECT secret FROM merchant_endpoints",
                "SELECT previous_secret FROM merchant_endpoints",
                "UPDATE orders SET status = 'PAID'",
                "UPDATE notifications SET state = 'DELIVERED'",
                "DELETE FROM audit_log")) {
            refused(operator, refused);
        }
    }

    private void refused(AsUser user, String sql) {
        SQLException e = assertThrows(SQLException.class, () -> execute(user, sql), sql);
        assertTrue(e.getMessage().contains("denied"), sql + ": " + e.getMessage());
    }

    /** The file with this test's schema and accounts in place of those that it names. */
    private List<String> grants() throws IOException {
        String text = Files.readString(Path.of("..", "sql", "grants.sql"));
        StringBuilder code = new StringBuilder();
        text.lines().filter(line -> !line.startsWith("--")).forEach(line -> code.append(line)
                .append('\n'));
        String suffix = schema.substring(schema.length() - 8);
        users.addAll(List.of("ow_migrate_" + suffix, "ow_node_" + suffix, "ow_operator_" + suffix));
        String renamed = code.toString()
                .replace("'orderwatch_migrate'@", "'" + user("migrate") + "'@")
                .replace("'orderwatch_operator'@", "'" + user("operator") + "'@")
                .replace("'orderwatch'@", "'" + user("node") + "'@")
                .replace("ON orderwatch.", "ON " + schema + ".")
                .replaceAll("'change-me-\\d'", "'" + PASSWORD + "'");
        return Arrays.stream(renamed.split(";"))
                .map(String::strip)
                .filter(statement -> !statement.isEmpty())
                .toList();
    }

    private String user(String role) {
        return users.stream()
                .filter(user -> user.startsWith("ow_" + role))
                .findFirst()
                .orElseThrow();
    }

    private Cluster cluster(String folder, Stack as, int nodes) {
        return new Cluster(
                new ClusterSettings(
                        Path.of("target", "orderwatch"),
                        Path.of("target", "grants", schema, folder),
                        schema.replace('_', '-'),
                        nodes,
                        ""),
                as,
                schema);
    }

    /** What any node said of a right that it lacks. */
    private List<String> complaints() throws IOException {
        List<String> complaints = new ArrayList<>();
        try (Stream<Path> logs = Files.walk(Path.of("target", "grants", schema))) {
            for (Path log :
                    logs.filter(file -> file.toString().endsWith(".log")).toList()) {
                Files.readAllLines(log).stream()
                        .filter(line -> line.contains("denied"))
                        .forEach(complaints::add);
            }
        }
        return complaints;
    }

    private void paid(String orderNo, int user, int merchantId) throws SQLException {
        execute(
                stack,
                "INSERT INTO orders (order_no, user_id, merchant_id, status) VALUES ('" + orderNo + "', " + user + ", "
                        + merchantId + ", 'PAID')");
    }

    private void await(String count, long expected) {
        Awaitility.await(count)
                .atMost(Duration.ofSeconds(40))
                .until(() -> number(stack, count) >= expected && (expected > 0 || number(stack, count) == 0));
    }

    private void execute(Stack as, String sql) throws SQLException {
        try (Connection connection = connect(as);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private long number(Stack as, String sql) throws SQLException {
        try (Connection connection = connect(as);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    private Connection connect(Stack as) throws SQLException {
        return DriverManager.getConnection(as.jdbcUrl(schema), as.user(), as.password());
    }
}

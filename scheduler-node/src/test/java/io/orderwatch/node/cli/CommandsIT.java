package io.orderwatch.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(StackExtension.class)
class CommandsIT {

    private final Stack stack;
    private final AtomicInteger calls = new AtomicInteger();

    @TempDir
    Path home;

    private CommandLineHarness command;
    private String schema;
    private HttpServer merchant;
    private volatile int merchantAnswers = 200;

    CommandsIT(Stack stack) {
        this.stack = stack;
    }

    @BeforeEach
    void prepare() throws IOException {
        schema = stack.newSchema("commands");
        command = new CommandLineHarness(home);
        command.environment.put("ORDERWATCH_MYSQL_URL", stack.jdbcUrl(schema));
        command.environment.put("ORDERWATCH_MYSQL_USER", stack.user());
        command.environment.put("ORDERWATCH_MYSQL_PASSWORD", stack.password());
        command.environment.put("ORDERWATCH_REDIS_URI", stack.redisUri());
        command.environment.put("ORDERWATCH_ZOOKEEPER_CONNECT", stack.zookeeperConnect());
        command.environment.put("ORDERWATCH_CLUSTER_NAME", schema.replace('_', '-'));
        command.environment.put("ORDERWATCH_SCHEMA_SHARDS", "16");
        command.environment.put("ORDERWATCH_DELIVERY_ALLOWED_ADDRESSES", "127.0.0.0/8");
        merchant = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        merchant.createContext("/", exchange -> {
            calls.incrementAndGet();
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(merchantAnswers, -1);
            exchange.close();
        });
        merchant.start();
    }

    @AfterEach
    void tidy() {
        merchant.stop(0);
        stack.dropSchema(schema);
    }

    @Test
    void check_prints_a_line_for_each_server_with_version_round_trip_and_clock() {
        assertEquals(0, command.run("check"), command.out() + command.err());
        List<String> lines = command.out().lines().toList();
        assertEquals(4, lines.size(), command.out());
        assertTrue(
                lines.get(1).matches("MySQL +\\S+:\\d+/" + schema + " +\\d\\S+ .* [\\d.]+ ms +[+-]\\d+ ms"),
                lines.get(1));
        assertTrue(lines.get(2).matches("Redis +\\S+:\\d+ +\\d\\S+ .* [\\d.]+ ms +[+-]\\d+ ms"), lines.get(2));
        assertTrue(lines.get(3).matches("ZooKeeper +\\S+:\\d+ +\\d\\S+ .* [\\d.]+ ms +[+-]\\d+ ms"), lines.get(3));
    }

    @Test
    void a_server_that_is_away_does_not_hide_the_others() {
        command.environment.put("ORDERWATCH_REDIS_URI", "redis://127.0.0.1:1");
        assertEquals(69, command.run("check"));
        assertTrue(command.out().contains("Redis      127.0.0.1:1 "), command.out());
        assertEquals(
                1,
                command.out()
                        .lines()
                        .filter(line -> line.contains("cannot be reached"))
                        .count());
    }

    @Test
    void a_wrong_password_is_one_sentence() {
        command.environment.put("ORDERWATCH_REDIS_PASSWORD", "wrong");
        assertEquals(69, command.run("check"));
        assertTrue(command.out().contains("refuses: "), command.out());
        assertFalse(command.out().contains("wrong\n"));
    }

    @Test
    void migrate_applies_what_is_missing_and_says_so() {
        assertEquals(0, command.run("migrate", "--dry-run"), command.err());
        assertTrue(command.out().contains("would apply V1"), command.out());
        assertEquals(0, command.run("migrate"), command.err());
        assertTrue(command.out().startsWith("applied V1"), command.out());
        assertTrue(command.out().strip().endsWith("are up to date, with 16 shards."), command.out());
        assertEquals(0, command.run("migrate"), command.err());
        assertEquals(1, command.out().lines().count(), command.out());
    }

    @Test
    void status_of_a_cluster_without_nodes_says_so_and_shows_the_rest() throws Exception {
        command.run("migrate");
        assertEquals(69, command.run("status"));
        assertTrue(command.out().contains("No node is running."), command.out());
        assertTrue(command.out().contains("order-scan"), command.out());
        assertTrue(command.out().contains("Backlog: 0 changed orders"), command.out());

        assertEquals(69, command.run("status", "--json"));
        JsonNode json = new ObjectMapper().readTree(command.out());
        assertFalse(json.get("ok").asBoolean());
        assertEquals(16, json.at("/shards/count").asInt());
        assertEquals(16, json.at("/shards/ownerless").size());
        assertTrue(json.get("jobs").findValuesAsText("job").contains("order-scan"), command.out());
        assertEquals("not scheduled", json.at("/jobs/0/state").asText());
        assertEquals(0, json.at("/backlog/ordersWaiting").asInt());
    }

    @Test
    void status_shows_what_it_can_when_servers_are_away() throws Exception {
        command.run("migrate");
        command.environment.put("ORDERWATCH_ZOOKEEPER_CONNECT", "127.0.0.1:1");
        assertEquals(69, command.run("status"));
        assertTrue(command.out().contains("ZooKeeper at 127.0.0.1:1 does not answer"), command.out());
        assertTrue(command.out().contains("order-scan"), command.out());

        command.environment.put("ORDERWATCH_ZOOKEEPER_CONNECT", stack.zookeeperConnect());
        command.environment.put("ORDERWATCH_MYSQL_URL", "jdbc:mysql://127.0.0.1:1/orderwatch");
        assertEquals(69, command.run("status", "--json"));
        JsonNode json = new ObjectMapper().readTree(command.out());
        assertTrue(json.at("/problems/0").asText().startsWith("MySQL at 127.0.0.1:1/orderwatch cannot be reached"));
        assertTrue(json.get("backlog").isNull());
    }

    @Test
    void doctor_looks_and_repairs_while_no_node_runs() throws Exception {
        command.run("migrate");
        assertEquals(0, command.run("doctor"), command.err());
        sql("DELETE FROM QRTZ_LOCKS", "DELETE FROM audit_log");
        assertEquals(1, command.run("doctor", "--dry-run"), command.err());
        assertTrue(command.out().contains("TRIGGER_ACCESS has no row to lock"), command.out());
        assertEquals(0, command.run("doctor"), command.err());
        assertTrue(command.out().contains("STATE_ACCESS has no row to lock; the row is written."), command.out());
        assertEquals(0, command.run("doctor", "--dry-run"), command.out());
        assertTrue(command.out().contains("Nothing is wrong."), command.out());
        command.environment.put("ORDERWATCH_MYSQL_URL", "jdbc:mysql://127.0.0.1:1/orderwatch");
        assertEquals(69, command.run("doctor"), command.out());
    }

    @Test
    void status_points_out_a_node_whose_clock_is_wrong() throws Exception {
        command.run("migrate");
        sql("INSERT INTO node_leases (node, incarnation, lease_until, clock_ahead_ms)"
                + " VALUES ('node-9', 1, UTC_TIMESTAMP(6) + INTERVAL 1 HOUR, -5200)");
        assertEquals(69, command.run("status"));
        assertTrue(command.out().contains("The clock of node-9 is 5.2 s behind the database's."), command.out());
        sql("UPDATE node_leases SET clock_ahead_ms = 900");
        command.run("status");
        assertFalse(command.out().contains("The clock of"), command.out());
    }

    @Test
    void status_without_tables_is_a_sentence() {
        assertEquals(69, command.run("status"));
        assertTrue(command.out().contains("cannot be read: "), command.out());
        assertEquals("", command.err());
    }

    @Test
    void operators_ask_why_pause_a_merchant_and_have_the_dead_tried_again() throws Exception {
        command.run("migrate");
        sql(
                "INSERT INTO users (id) VALUES (7)",
                "INSERT INTO merchants (id, name, retry_preset) VALUES (3, 'Tea shop', 'alipay')",
                "INSERT INTO orders (id, order_no, user_id, merchant_id, status, seen_status)"
                        + " VALUES (1, 'A-1', 7, 3, 'PAID', 'PAID')",
                "INSERT INTO notifications (id, order_id, user_id, merchant_id, event, body, state, attempts,"
                        + " next_attempt_at, finished_at) VALUES (17, 1, 7, 3, 'PAID', '{}', 'DEAD', 4, UTC_TIMESTAMP(3),"
                        + " UTC_TIMESTAMP(3))");
        assertEquals(0, command.run("why", "A-1"), command.err());
        assertTrue(command.out().contains("PAID is DEAD after 4 tries"), command.out());
        assertEquals(66, command.run("why", "B-1"), command.err());

        assertEquals(0, command.run("merchants", "--pause", "3"), command.err());
        assertEquals(
                "Merchant 3 is paused: its notifications wait.", command.out().strip());
        assertEquals(0, command.run("merchants"), command.err());
        assertTrue(command.out().contains("Tea shop") && command.out().contains("paused"), command.out());
        assertEquals(0, command.run("merchants", "--resume", "3"), command.err());
        assertEquals(66, command.run("merchants", "--resume", "4"), command.err());

        sql("INSERT INTO notifications (id, order_id, user_id, merchant_id, event, body, attempts, held, created_at,"
                + " next_attempt_at) VALUES (33, 2, 7, 3, 'PAID', '{}', 1, 3, UTC_TIMESTAMP(3) - INTERVAL 125 MINUTE,"
                + " UTC_TIMESTAMP(3) + INTERVAL 1 HOUR)");
        assertEquals(0, command.run("queues"), command.err());
        assertTrue(
                command.out().lines().anyMatch(line -> line.matches("3 +Tea shop +parked +0 +1 +0 +2 h 5 min")),
                command.out());
        assertTrue(command.out().contains("1 notifications wait, 0 of them due, in 1 lanes."), command.out());
        assertEquals(0, command.run("queues", "--json", "--merchant", "3"), command.err());
        JsonNode queue = new ObjectMapper().readTree(command.out()).at("/queues/0");
        assertEquals("parked", queue.path("lane").asText(), command.out());
        assertEquals(1, queue.path("again").asInt(), command.out());
        assertTrue(queue.path("oldest_age_ms").asLong() >= 125 * 60_000, command.out());
        assertEquals(0, command.run("queues", "--merchant", "4"), command.err());
        assertTrue(command.out().contains("0 notifications wait"), command.out());

        assertEquals(0, command.run("retry-preview", "--merchant", "3"), command.err());
        assertTrue(command.out().contains("15h"), command.out());

        assertEquals(0, command.run("retry-dead", "--merchant", "3", "--dry-run"), command.err());
        assertTrue(command.out().startsWith("1 notifications were given up."), command.out());
        assertEquals(66, command.run("retry-dead", "--merchant", "4"), command.err());
        assertEquals(0, command.run("retry-dead", "--merchant", "3"), command.err());
        assertTrue(command.out().contains("1 are due now."), command.out());
        assertTrue(command.err().contains("[########################################] 1 of 1"), command.err());
        assertEquals(66, command.run("retry-dead", "--all"), command.err());
        assertEquals(1, command.run("retry-notify", "--notification", "ow_17"), command.out() + command.err());
        assertTrue(command.out().contains("cannot be sent, and stays as it is"), command.out());
        assertEquals(66, command.run("retry-notify", "--notification", "ow_18"), command.out() + command.err());
    }

    @Test
    void retry_by_hand_tells_what_happened_in_words_and_by_its_exit_code() throws Exception {
        command.run("migrate");
        sql(
                "INSERT INTO users (id) VALUES (7)",
                "INSERT INTO merchants (id) VALUES (3)",
                "INSERT INTO merchant_endpoints (merchant_id, url, secret) VALUES (3, 'http://127.0.0.1:"
                        + merchant.getAddress().getPort() + "/', 'secret')",
                "INSERT INTO orders (id, order_no, user_id, merchant_id, status, seen_status)"
                        + " VALUES (1, 'A-1', 7, 3, 'PAID', 'PAID'), (2, 'A-2', 7, 3, 'PENDING', 'PENDING')",
                "INSERT INTO notifications (id, order_id, user_id, merchant_id, event, body, next_attempt_at)"
                        + " VALUES (18, 1, 7, 3, 'PAID', '{}', UTC_TIMESTAMP(3))");

        assertEquals(66, command.run("retry-notify", "B-1"), command.out());
        assertEquals("There is no order B-1.", command.out().strip());
        assertEquals(66, command.run("retry-notify", "A-2"), command.out());
        assertEquals(0, calls.get());

        merchantAnswers = 500;
        assertEquals(1, command.run("retry-notify", "A-1"), command.out() + command.err());
        assertEquals(1, calls.get());
        assertTrue(command.out().contains("was not accepted by merchant 3"), command.out());

        sql("UPDATE notifications SET state = 'SENDING', claimed_by = 'node-9', claim_token = 5,"
                + " lease_until = UTC_TIMESTAMP(3) + INTERVAL 1 MINUTE WHERE id = 18");
        assertEquals(75, command.run("retry-notify", "A-1"), command.out());
        assertTrue(command.out().contains("is being sent by node-9"), command.out());
        assertEquals(1, calls.get());

        merchantAnswers = 200;
        sql("UPDATE notifications SET state = 'DEAD' WHERE id = 18");
        assertEquals(0, command.run("retry-notify", "A-1"), command.out() + command.err());
        assertTrue(command.out().contains("was delivered to merchant 3 now"), command.out());
        assertEquals(2, calls.get());

        assertEquals(0, command.run("retry-notify", "A-1"));
        assertTrue(command.out().contains("was delivered at"), command.out());
        assertEquals(2, calls.get());
    }

    @Test
    void retry_without_an_order_is_wrong_use() {
        assertEquals(64, command.run("retry-notify"));
        command.environment.put("ORDERWATCH_MYSQL_URL", "jdbc:mysql://127.0.0.1:1/orderwatch");
        assertEquals(69, command.run("retry-notify", "A-1"));
        assertEquals(
                "MySQL at 127.0.0.1:1/orderwatch cannot be reached: Connection refused.",
                command.err().strip());
    }

    private void sql(String... statements) throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection(stack.jdbcUrl(schema), stack.user(), stack.password());
                Statement statement = connection.createStatement()) {
            for (String text : statements) {
                statement.execute(text);
            }
        }
    }
}

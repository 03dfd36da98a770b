package io.orderwatch.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariDataSource;
import io.orderwatch.dao.DataSources;
import io.orderwatch.dao.DatabaseSettings;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import io.orderwatch.stack.cluster.Cluster;
import io.orderwatch.stack.cluster.ClusterSettings;
import io.orderwatch.stack.merchant.Behaviour;
import io.orderwatch.stack.merchant.Merchant;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A node process as it is shipped, with 240 MB of heap and an end at the first OutOfMemoryError, a million notifications
 * that wait, and every tenth merchant hanging with nine tenths of them.
 */
@ExtendWith(StackExtension.class)
class BacklogIT {

    private static final int MERCHANTS = 1_000;
    private static final int HEALTHY = 20_000;

    @Test
    void a_million_waiting_fit_into_the_heap_of_a_node_and_the_others_are_told(Stack stack) throws Exception {
        String schema = stack.newSchema("backlog_it");
        String url = stack.jdbcUrl(schema);
        ClusterSettings settings = new ClusterSettings(
                Path.of("target", "orderwatch"), Path.of("target", "cluster", schema), schema.replace('_', '-'), 1, "");
        try (HikariDataSource database = DataSources.pool(
                        "test",
                        new DatabaseSettings(url, stack.user(), stack.password()),
                        2,
                        Duration.ofSeconds(10),
                        Duration.ofMinutes(3));
                Merchant merchants = Merchant.start(0, Merchant::secretOf, InstantSource.system(), (id, at) -> {});
                Cluster cluster = new Cluster(settings, stack, schema)) {
            cluster.migrate(() -> false);
            for (long merchant = 10; merchant <= MERCHANTS; merchant += 10) {
                merchants.behave(merchant, Behaviour.parse("hang"));
            }
            fill(database, merchants);
            cluster.start("node-1");
            long pid = cluster.pid("node-1");
            Awaitility.await()
                    .atMost(Duration.ofMinutes(3))
                    .pollInterval(Duration.ofSeconds(1))
                    .until(() -> merchants.stats().accepted() >= HEALTHY);
            assertEquals(pid, cluster.pid("node-1"));
            assertTrue(ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false), "it ended");
            assertEquals(0, merchants.stats().duplicated());
            assertTrue(
                    number(database, "SELECT COUNT(*) FROM notifications WHERE wake_at IS NOT NULL") > 900_000,
                    "a million waits no more: this proves nothing");
        } finally {
            stack.dropSchema(schema);
        }
    }

    private static void fill(HikariDataSource database, Merchant merchants) throws SQLException {
        execute(database, "CREATE TABLE numbers (n INT PRIMARY KEY)");
        execute(
                database,
                "INSERT INTO numbers WITH RECURSIVE c AS (SELECT 0 AS n UNION ALL SELECT n + 1 FROM c WHERE n < 999)"
                        + " SELECT n FROM c");
        execute(database, "INSERT INTO users (id) SELECT n + 1 FROM numbers");
        execute(database, "INSERT INTO merchants (id) SELECT n + 1 FROM numbers");
        for (long merchant = 1; merchant <= MERCHANTS; merchant++) {
            execute(
                    database,
                    "INSERT INTO merchant_endpoints (merchant_id, url, secret) VALUES (" + merchant + ", '"
                            + merchants.address(merchant) + "', '" + Merchant.secretOf(merchant) + "')");
        }
        // nine of ten to the merchants that hang: 10, 20, ...
        for (int i = 0; i < 10; i++) {
            execute(
                    database,
                    "INSERT INTO notifications (id, order_id, user_id, merchant_id, event, body, next_attempt_at)"
                            + " SELECT (" + i + " * 100000 + a.n * 1000 + b.n) * 16 + 1, 1, b.n + 1,"
                            + (i == 0
                                    ? " 1 + (a.n * 1000 + b.n) % 100 * 10 + b.n % 9"
                                    : " 10 + (a.n * 1000 + b.n) % 100 * 10")
                            + ", 'PAID', CONCAT('{\"order\":\"', b.n, '\",\"status\":\"PAID\"}'), UTC_TIMESTAMP(3)"
                            + " FROM numbers a JOIN numbers b WHERE a.n < 100");
        }
    }

    private static void execute(HikariDataSource database, String sql) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
            connection.commit();
        }
    }

    private static long number(HikariDataSource database, String sql) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            long number = row.getLong(1);
            connection.commit();
            return number;
        }
    }
}

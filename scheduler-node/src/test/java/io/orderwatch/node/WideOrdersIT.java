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
import io.orderwatch.stack.merchant.Merchant;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A node process as it is shipped, with 240 MB of heap and an end at the first OutOfMemoryError, and as many orders as a
 * batch may have, each with the longest attributes that are passed on.
 */
@ExtendWith(StackExtension.class)
class WideOrdersIT {

    private static final int ORDERS = 1_000;
    private static final int MERCHANTS = 20;
    private static final int BYTES = 64 * 1024;

    @Test
    void a_batch_of_the_widest_orders_fits_into_the_heap_of_a_node(Stack stack) throws Exception {
        String schema = stack.newSchema("wide_it");
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
            fill(database, merchants);
            cluster.start("node-1");
            long pid = cluster.pid("node-1");
            Awaitility.await()
                    .atMost(Duration.ofMinutes(2))
                    .pollInterval(Duration.ofSeconds(1))
                    .until(() -> merchants.stats().accepted() >= ORDERS);
            assertEquals(pid, cluster.pid("node-1"));
            assertTrue(ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false), "it ended");
            assertEquals(0, merchants.stats().duplicated());
        } finally {
            stack.dropSchema(schema);
        }
    }

    /** All in one shard, of which a batch is taken at once. */
    private static void fill(HikariDataSource database, Merchant merchants) throws SQLException {
        execute(database, "INSERT INTO users (id) VALUES (1)");
        execute(database, "CREATE TABLE numbers (n INT PRIMARY KEY)");
        execute(
                database,
                "INSERT INTO numbers WITH RECURSIVE c AS (SELECT 0 AS n UNION ALL SELECT n + 1 FROM c WHERE n < "
                        + (ORDERS - 1) + ") SELECT n FROM c");
        for (long merchant = 1; merchant <= MERCHANTS; merchant++) {
            execute(database, "INSERT INTO merchants (id) VALUES (" + merchant + ")");
            execute(
                    database,
                    "INSERT INTO merchant_endpoints (merchant_id, url, secret) VALUES (" + merchant + ", '"
                            + merchants.address(merchant) + "', '" + Merchant.secretOf(merchant) + "')");
        }
        execute(
                database,
                "INSERT INTO orders (order_no, user_id, merchant_id, status, attributes) SELECT CONCAT('W-', n), 1, 1 + n % "
                        + MERCHANTS + ", 'PAID', CONCAT('{\"a\":\"', REPEAT('x', " + (BYTES - 8)
                        + "), '\"}') FROM numbers");
    }

    private static void execute(HikariDataSource database, String sql) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
            connection.commit();
        }
    }
}

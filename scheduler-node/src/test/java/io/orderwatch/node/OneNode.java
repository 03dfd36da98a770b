package io.orderwatch.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariDataSource;
import io.orderwatch.dao.DataSources;
import io.orderwatch.dao.DatabaseSettings;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.cluster.Cluster;
import io.orderwatch.stack.cluster.ClusterSettings;
import io.orderwatch.stack.merchant.Merchant;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import org.awaitility.Awaitility;

/**
 * A node process as it is shipped, with 240 MB of heap and an end at the first OutOfMemoryError, a schema of its own, and
 * merchants.
 */
final class OneNode implements AutoCloseable {

    private static final String NODE = "node-1";

    private final Stack stack;
    private final String schema;
    private final HikariDataSource database;
    private final Merchant merchants;
    private final Cluster cluster;

    private OneNode(Stack stack, String schema, HikariDataSource database, Merchant merchants, Cluster cluster) {
        this.stack = stack;
        this.schema = schema;
        this.database = database;
        this.merchants = merchants;
        this.cluster = cluster;
    }

    /** With the tables, and without the process. */
    static OneNode prepare(Stack stack, String name) throws Exception {
        String schema = stack.newSchema(name);
        ClusterSettings settings = new ClusterSettings(
                Path.of("target", "orderwatch"), Path.of("target", "cluster", schema), schema.replace('_', '-'), 1, "");
        HikariDataSource database = DataSources.pool(
                "test",
                new DatabaseSettings(stack.jdbcUrl(schema), stack.user(), stack.password()),
                2,
                Duration.ofSeconds(10),
                Duration.ofMinutes(3));
        Merchant merchants = Merchant.start(0, Merchant::secretOf, InstantSource.system(), (id, at) -> {});
        OneNode node = new OneNode(stack, schema, database, merchants, new Cluster(settings, stack, schema));
        try {
            node.cluster.migrate(() -> false);
            return node;
        } catch (Exception e) {
            node.close();
            throw e;
        }
    }

    Merchant merchants() {
        return merchants;
    }

    /** Starts the process and waits until so many notifications were accepted, each once, by a process that lived on. */
    void tell(int notifications, Duration patience) throws Exception {
        cluster.start(NODE);
        long pid = cluster.pid(NODE);
        Awaitility.await()
                .atMost(patience)
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> merchants.stats().accepted() >= notifications);
        assertEquals(pid, cluster.pid(NODE));
        assertTrue(ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false), "it ended");
        assertEquals(0, merchants.stats().duplicated());
    }

    /** Rows for {@code numbers.n} from 0 on. */
    void numbers(int count) throws SQLException {
        execute("CREATE TABLE numbers (n INT PRIMARY KEY)");
        execute("INSERT INTO numbers WITH RECURSIVE c AS (SELECT 0 AS n UNION ALL SELECT n + 1 FROM c WHERE n < "
                + (count - 1) + ") SELECT n FROM c");
    }

    /** Merchants from 1 on, each with an endpoint. */
    void merchants(int count) throws SQLException {
        for (long merchant = 1; merchant <= count; merchant++) {
            execute("INSERT INTO merchants (id) VALUES (" + merchant + ")");
            execute("INSERT INTO merchant_endpoints (merchant_id, url, secret) VALUES (" + merchant + ", '"
                    + merchants.address(merchant) + "', '" + Merchant.secretOf(merchant) + "')");
        }
    }

    void execute(String sql) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
            connection.commit();
        }
    }

    long number(String sql) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            long number = row.getLong(1);
            connection.commit();
            return number;
        }
    }

    @Override
    public void close() throws Exception {
        try (merchants;
                database;
                cluster) {
            // in this order, the last one first
        } finally {
            stack.dropSchema(schema);
        }
    }
}

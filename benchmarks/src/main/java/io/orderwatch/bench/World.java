package io.orderwatch.bench;

import com.zaxxer.hikari.HikariDataSource;
import io.orderwatch.dao.DataSources;
import io.orderwatch.dao.Database;
import io.orderwatch.dao.DatabaseSettings;
import io.orderwatch.dao.schema.SchemaMigration;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.merchant.Merchant;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A fresh schema with users and merchants, and the merchants themselves. */
final class World implements AutoCloseable {

    static final int SHARDS = 64;
    private static final int USERS = 5_000;

    private final Stack stack;
    private final String schema;
    private final HikariDataSource pool;
    private final Merchant merchants;
    /** When each notification was accepted, milliseconds since 1970. */
    private final Map<Long, Long> accepted = new ConcurrentHashMap<>();

    World(Stack stack, int merchantCount) throws InterruptedException {
        this.stack = stack;
        this.schema = stack.newSchema("bench");
        this.pool = DataSources.pool(
                "bench",
                new DatabaseSettings(stack.jdbcUrl(schema), stack.user(), stack.password()),
                32,
                Duration.ofSeconds(30));
        new SchemaMigration(pool, SHARDS).migrate();
        this.merchants = Merchant.start(0, Merchant::secretOf, InstantSource.system(), accepted::put);
        execute("CREATE TABLE numbers (n INT PRIMARY KEY)");
        execute("INSERT INTO numbers WITH RECURSIVE c AS (SELECT 0 AS n UNION ALL SELECT n + 1 FROM c WHERE n < 999)"
                + " SELECT n FROM c");
        execute("INSERT INTO users (id) SELECT a.n * 1000 + b.n + 1 FROM numbers a, numbers b WHERE a.n < "
                + USERS / 1000);
        execute("INSERT INTO merchants (id) SELECT n + 1 FROM numbers WHERE n < " + merchantCount);
        for (long merchant = 1; merchant <= merchantCount; merchant++) {
            execute(
                    "INSERT INTO merchant_endpoints (id, merchant_id, url, secret) VALUES (?, ?, ?, ?)",
                    merchant,
                    merchant,
                    merchants.address(merchant).toString(),
                    Merchant.secretOf(merchant));
        }
        execute("INSERT IGNORE INTO shard_leases (shard, node, epoch) SELECT n, 'bench', 1 FROM numbers WHERE n < "
                + SHARDS);
    }

    Stack stack() {
        return stack;
    }

    String jdbcUrl() {
        return stack.jdbcUrl(schema);
    }

    HikariDataSource pool() {
        return pool;
    }

    Database database() {
        return new Database(pool);
    }

    Merchant merchants() {
        return merchants;
    }

    Map<Long, Long> accepted() {
        return accepted;
    }

    /** Orders that wait for their payment, and that were seen. */
    void orders(int count, int merchantCount) {
        long series = number("SELECT COALESCE(MAX(id), 0) FROM orders");
        for (int i = 0; i < (count + 999) / 1000; i++) {
            execute(
                    "INSERT INTO orders (order_no, user_id, merchant_id, status, seen_status)"
                            + " SELECT CONCAT('B', ?, '-', ?, '-', n), 1 + (? * 1000 + n) % ?, 1 + (? * 1000 + n) % ?, 'PENDING', 'PENDING'"
                            + " FROM numbers WHERE n < ?",
                    series, i, i, USERS, i, merchantCount, Math.min(1000, count - i * 1000));
        }
        execute("ANALYZE TABLE orders");
    }

    /** All orders that wait for it are paid, a thousand in a transaction, as shops that sell fast would do. */
    void pay() {
        long last = number("SELECT COALESCE(MAX(id), 0) FROM orders");
        for (long id = number("SELECT id FROM orders WHERE status = 'PENDING' ORDER BY id LIMIT 1");
                id <= last;
                id += 1000) {
            execute(
                    "UPDATE orders SET status = 'PAID', paid_at = UTC_TIMESTAMP(3) WHERE id BETWEEN ? AND ?"
                            + " AND status = 'PENDING'",
                    id,
                    id + 999);
        }
    }

    /**
     * Notifications that are due.
     *
     * @param firstId of the first; the others follow in steps of 16
     */
    void notifications(long firstId, int count, int firstMerchant, int merchantCount) {
        notifications("READY", firstId, count, firstMerchant, merchantCount);
    }

    /** Notifications that merchants had before; the parameters as above. */
    void told(long firstId, int count, int firstMerchant, int merchantCount) {
        notifications("DELIVERED", firstId, count, firstMerchant, merchantCount);
    }

    private void notifications(String state, long firstId, int count, int firstMerchant, int merchantCount) {
        for (int i = 0; i < (count + 99_999) / 100_000; i++) {
            execute(
                    "INSERT INTO notifications (id, order_id, user_id, merchant_id, event, body, next_attempt_at, claimed_by,"
                            + " state) SELECT ? + (? * 100000 + a.n * 1000 + b.n) * 16, 1, 1 + (a.n * 1000 + b.n) % ?,"
                            + " ? + (a.n * 1000 + b.n) % ?, 'PAID', '{\"order\":\"B\",\"status\":\"PAID\",\"amount\":\"12.30\"}',"
                            + " UTC_TIMESTAMP(3), 'bench', ? FROM numbers a JOIN numbers b WHERE a.n < 100 AND a.n * 1000 + b.n < ?",
                    firstId, i, USERS, firstMerchant, merchantCount, state, count - i * 100_000);
        }
        execute("ANALYZE TABLE notifications");
    }

    void execute(String sql, Object... parameters) {
        try (Connection connection = pool.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            statement.execute();
            connection.commit();
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    long number(String sql) {
        try (Connection connection = pool.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet row = statement.executeQuery()) {
            row.next();
            long number = row.getLong(1);
            connection.commit();
            return number;
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    @Override
    public void close() {
        merchants.close();
        pool.close();
        stack.dropSchema(schema);
    }
}

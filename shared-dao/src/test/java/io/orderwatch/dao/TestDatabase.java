package io.orderwatch.dao;

import com.zaxxer.hikari.HikariDataSource;
import io.orderwatch.dao.schema.SchemaMigration;
import io.orderwatch.stack.Stack;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;

/** A schema of its own on the tests' server, brought up to date as a node would, with plain SQL beside the stores. */
public final class TestDatabase implements AutoCloseable {

    /** Shards of each test's schema. */
    public static final int SHARDS = 8;

    private final Stack stack;
    private final String schema;
    private final DatabaseSettings settings;
    private final HikariDataSource pool;

    private TestDatabase(Stack stack, String schema) {
        this.stack = stack;
        this.schema = schema;
        this.settings = new DatabaseSettings(stack.jdbcUrl(schema), stack.user(), stack.password());
        this.pool = DataSources.pool("test", settings, 16, Duration.ofSeconds(10));
    }

    public static TestDatabase create(Stack stack) {
        TestDatabase database = new TestDatabase(stack, stack.newSchema("test"));
        new SchemaMigration(database.pool, SHARDS).migrate();
        return database;
    }

    public DatabaseSettings settings() {
        return settings;
    }

    public HikariDataSource pool() {
        return pool;
    }

    public Database database() {
        return new Database(pool);
    }

    /** Runs one statement as another system would, committed at once. */
    public int execute(String sql, Object... parameters) {
        try (Connection connection = pool.getConnection()) {
            int changed = execute(connection, sql, parameters);
            connection.commit();
            return changed;
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    /** Runs one statement in a transaction that the caller ends. */
    public static int execute(Connection connection, String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            return statement.executeUpdate();
        }
    }

    /** The first column of the first row, as text; null when there is no row, or the column is. */
    public String text(String sql, Object... parameters) {
        try (Connection connection = pool.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next() ? rows.getString(1) : null;
            } finally {
                connection.rollback();
            }
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    public long number(String sql, Object... parameters) {
        String text = text(sql, parameters);
        if (text == null) {
            throw new IllegalStateException("No row: " + sql);
        }
        return Long.parseLong(text);
    }

    @Override
    public void close() {
        pool.close();
        stack.dropSchema(schema);
    }
}

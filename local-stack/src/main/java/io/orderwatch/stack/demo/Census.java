package io.orderwatch.stack.demo;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/** Asks the database. Used by one thread. */
final class Census implements AutoCloseable {

    private final Connection connection;

    Census(String jdbcUrl, String user, String password) throws SQLException {
        connection = DriverManager.getConnection(
                jdbcUrl + "?connectTimeout=5000&socketTimeout=60000&allowPublicKeyRetrieval=true", user, password);
    }

    /** Orders and notifications of these users that wait to be released. Costs as much as there are. */
    long held(List<Integer> users) throws SQLException {
        if (users.isEmpty()) {
            return 0;
        }
        String ids = users.stream().map(String::valueOf).collect(Collectors.joining(",", "(", ")"));
        // ix_orders_held and ix_notifications_held
        return count("orders WHERE held_user IN " + ids) + count("notifications WHERE held_user IN " + ids);
    }

    /** Orders that are still to be paid or cancelled. Reads the whole table: once, at the end. */
    long unpaidAndOpen() throws SQLException {
        return count("orders WHERE status = 'PENDING'");
    }

    /** Orders that Orderwatch cancelled though they say that they were paid. Reads the whole table. */
    long paidAndCancelled() throws SQLException {
        return count("orders WHERE status = 'CANCELLED' AND paid_at IS NOT NULL");
    }

    /** Orders that no node has looked at yet. Reads the whole table. */
    long unseen() throws SQLException {
        return count("orders WHERE seen_status IS NULL");
    }

    /** Notifications that were given up. Reads the whole table. */
    long dead() throws SQLException {
        return count("notifications WHERE state = 'DEAD'");
    }

    /** Notifications that wait to be tried again, or until their merchant may be called. Reads the whole table. */
    long waiting() throws SQLException {
        return count("notifications WHERE state IN ('READY', 'SENDING') AND held IN (0, 3)");
    }

    /** How often it is looked for what open breakers have held back for too long. */
    void giveUpEvery(Duration interval) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate(
                    "UPDATE job_settings SET interval_ms = " + interval.toMillis() + " WHERE job = 'give-up'");
        }
    }

    /** Rows that Orderwatch could not deal with. */
    long setAside() throws SQLException {
        return count("set_aside");
    }

    private long count(String what) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM " + what)) {
            row.next();
            return row.getLong(1);
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}

package io.orderwatch.faults;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/** A session of somebody else that locks rows and forgets about them. */
final class SessionLock implements AutoCloseable {

    private final Connection connection;

    SessionLock(Tables tables, String lockingSql) throws SQLException {
        connection = tables.getConnection();
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.executeQuery(lockingSql).close();
        }
    }

    /** How many sessions wait for a lock, the most that was seen within the time. */
    static long waiting(Tables tables, Duration within) throws InterruptedException {
        long most = 0;
        for (int look = 0; look < 10; look++) {
            most = Math.max(most, tables.number("SELECT COUNT(*) FROM information_schema.INNODB_LOCK_WAITS"));
            World.pass(within.dividedBy(10));
        }
        return most;
    }

    @Override
    public void close() throws SQLException {
        connection.rollback();
        connection.close();
    }
}

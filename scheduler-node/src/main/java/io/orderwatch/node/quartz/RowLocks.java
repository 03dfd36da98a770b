package io.orderwatch.node.quartz;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.quartz.impl.jdbcjobstore.DBSemaphore;
import org.quartz.impl.jdbcjobstore.LockException;
import org.quartz.impl.jdbcjobstore.StdJDBCConstants;
import org.quartz.impl.jdbcjobstore.StdRowLockSemaphore;

/**
 * Quartz's locks, each a row that is locked FOR UPDATE, and written where it is missing. Quartz's own class tries again
 * on a connection that has broken, with a stack trace each time; here the caller does, on another one.
 */
final class RowLocks extends DBSemaphore {

    RowLocks(String scheduler) {
        super(
                StdJDBCConstants.DEFAULT_TABLE_PREFIX,
                scheduler,
                StdRowLockSemaphore.SELECT_FOR_LOCK,
                StdRowLockSemaphore.INSERT_LOCK.replaceFirst("INSERT", "INSERT IGNORE"));
    }

    @Override
    protected void executeSQL(Connection connection, String lock, String select, String insert) throws LockException {
        try {
            if (!lock(connection, lock, select)) {
                try (PreparedStatement statement = connection.prepareStatement(insert)) {
                    statement.setString(1, lock);
                    statement.executeUpdate();
                }
                if (!lock(connection, lock, select)) {
                    throw new LockException("Lock " + lock + " has no row, and none can be written");
                }
            }
        } catch (SQLException e) {
            throw new LockException("Lock " + lock + " cannot be had: " + e.getMessage(), e);
        }
    }

    private static boolean lock(Connection connection, String lock, String select) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(select)) {
            statement.setString(1, lock);
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }
}

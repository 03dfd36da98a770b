package io.orderwatch.stack.generator;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collection;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** A connection, and what is done again when the database asks for it. Used by one thread. */
final class Sql {

    private static final String TRY_AGAIN = "40001";
    private static final int LOCK_WAIT_TIMEOUT = 1205;
    private static final int TRIES = 10;

    private final Connection connection;

    Sql(Connection connection) {
        this.connection = connection;
    }

    /** Runs and commits; what was rolled back by a deadlock is run again. */
    <T> T commit(Work<T> work) throws SQLException {
        for (int attempt = 1; ; attempt++) {
            try {
                T result = work.run(connection);
                connection.commit();
                return result;
            } catch (SQLException e) {
                connection.rollback();
                boolean again = TRY_AGAIN.equals(e.getSQLState()) || e.getErrorCode() == LOCK_WAIT_TIMEOUT;
                if (!again || attempt == TRIES) {
                    throw e;
                }
                pause(attempt);
            }
        }
    }

    /** Updates the rows with these ids; the statement ends where the list of ids goes. */
    int updateByIds(String statement, Collection<? extends Number> ids) throws SQLException {
        if (ids.isEmpty()) {
            return 0;
        }
        StringBuilder sql = new StringBuilder(statement).append(" (");
        String separator = "";
        // in order, so that two writers who meet take their locks in the same order
        for (long id : ids.stream().mapToLong(Number::longValue).sorted().toArray()) {
            sql.append(separator).append(id);
            separator = ",";
        }
        sql.append(')');
        try (PreparedStatement update = connection.prepareStatement(sql.toString())) {
            return update.executeUpdate();
        }
    }

    private static void pause(int attempt) {
        try {
            TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextLong(5L * attempt) + 1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @FunctionalInterface
    interface Work<T> {
        T run(Connection connection) throws SQLException;
    }
}

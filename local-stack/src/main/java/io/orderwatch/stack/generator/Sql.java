package io.orderwatch.stack.generator;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A connection, and what is done again when the database asks for it. Used by one thread.
 *
 * <p>Where it waits for a database that goes away, each transaction writes its number into a table of our own: whether
 * one whose commit was not answered took place is looked up there, so that none is done twice, or not at all.
 */
final class Sql implements AutoCloseable {

    private static final String TRY_AGAIN = "40001";
    private static final String CONNECTION_LOST = "08";
    private static final int LOCK_WAIT_TIMEOUT = 1205;
    private static final int SHUTDOWN = 1053;
    private static final int KILLED = 1927;
    private static final int TRIES = 10;
    private static final int RECONNECT_MILLIS = 50;

    private final Connector connector;
    private final Duration patience;
    private Connection connection;
    private long number;

    /** Opens a connection, without auto-commit. */
    @FunctionalInterface
    interface Connector {
        Connection connect() throws SQLException;
    }

    /** @param patience how long it waits for a database that goes away; zero: not at all */
    Sql(Connector connector, Duration patience) throws SQLException {
        this.connector = connector;
        this.patience = patience;
        this.connection = connector.connect();
        if (!patience.isZero()) {
            try (Statement statement = connection.createStatement()) {
                statement.execute("CREATE TABLE generator_mark (number BIGINT NOT NULL) ENGINE = InnoDB");
                statement.execute("INSERT INTO generator_mark VALUES (0)");
            }
            connection.commit();
        }
    }

    /** Runs and commits; what was rolled back by a deadlock, or by the end of the server, is run again. */
    <T> T commit(Work<T> work) throws SQLException {
        number++;
        for (int attempt = 1; ; attempt++) {
            T result = null;
            boolean committing = false;
            try {
                result = work.run(connection);
                mark();
                committing = true;
                connection.commit();
                return result;
            } catch (SQLException e) {
                if (!patience.isZero() && (isLost(e) || connection.isClosed())) {
                    reconnect(e);
                    if (committing && isMarked()) {
                        return result;
                    }
                    attempt = 0;
                } else {
                    connection.rollback();
                    boolean again = TRY_AGAIN.equals(e.getSQLState()) || e.getErrorCode() == LOCK_WAIT_TIMEOUT;
                    if (!again || attempt == TRIES) {
                        throw e;
                    }
                    pause(attempt);
                }
            }
        }
    }

    private void mark() throws SQLException {
        if (!patience.isZero()) {
            try (PreparedStatement update = connection.prepareStatement("UPDATE generator_mark SET number = ?")) {
                update.setLong(1, number);
                update.executeUpdate();
            }
        }
    }

    private boolean isMarked() throws SQLException {
        try (Statement statement = connection.createStatement();
                // what was in doubt is decided: a commit that the server still works on holds this row
                ResultSet row = statement.executeQuery("SELECT number FROM generator_mark FOR UPDATE")) {
            row.next();
            return row.getLong(1) == number;
        } finally {
            connection.rollback();
        }
    }

    /** Where the connection breaks in a batch, the driver may say no more than that the statement is closed. */
    private static boolean isLost(SQLException e) {
        return e instanceof SQLRecoverableException
                || e instanceof SQLNonTransientConnectionException
                || (e.getSQLState() != null && e.getSQLState().startsWith(CONNECTION_LOST))
                || e.getErrorCode() == SHUTDOWN
                || e.getErrorCode() == KILLED;
    }

    private void reconnect(SQLException lost) throws SQLException {
        long deadline = System.nanoTime() + patience.toNanos();
        closeQuietly();
        while (true) {
            try {
                connection = connector.connect();
                return;
            } catch (SQLException e) {
                if (System.nanoTime() - deadline > 0 || Thread.currentThread().isInterrupted()) {
                    e.addSuppressed(lost);
                    throw e;
                }
                sleep(RECONNECT_MILLIS);
            }
        }
    }

    private void closeQuietly() {
        try {
            connection.close();
        } catch (SQLException e) {
            // it is gone already
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
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
        sleep(ThreadLocalRandom.current().nextLong(5L * attempt) + 1);
    }

    private static void sleep(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @FunctionalInterface
    interface Work<T> {
        T run(Connection connection) throws SQLException;
    }
}

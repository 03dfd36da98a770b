package io.orderwatch.dao;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections for a pool, and while the server is away goes on trying on the pool's own thread.
 *
 * <p>The pool's back-off after a failure doubles to five seconds and cannot be set, so that whoever has just got the
 * server back would wait so long for the first connection. Here the wait between two tries never exceeds half a second.
 * Callers of the pool are not held up: they wait for the pool, as long as it is told to let them.
 *
 * <p>The first failure is passed on at once, and every one of another kind, so that the pool can tell its callers why
 * there is no connection. Safe for use by many threads, of which those that wait stop when they are interrupted.
 */
final class Redialling implements DataSource {

    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);
    /** The pool looks then whether anybody still wants a connection. */
    private static final int TRIES = 60;

    private final Line line;
    private final Pause pause;
    private volatile String trouble = "";
    private volatile boolean hungUp;
    private volatile int loginTimeout;

    /** One try to open a connection. */
    @FunctionalInterface
    interface Line {
        Connection dial() throws SQLException;
    }

    /** How the time between two tries passes. */
    @FunctionalInterface
    interface Pause {
        void pass(Duration time) throws InterruptedException;
    }

    Redialling(Line line) {
        this(line, time -> Thread.sleep(time.toMillis()));
    }

    Redialling(Line line, Pause pause) {
        this.line = line;
        this.pause = pause;
    }

    @Override
    public Connection getConnection() throws SQLException {
        String known = trouble;
        for (int attempt = 1; ; attempt++) {
            try {
                Connection connection = line.dial();
                trouble = "";
                return connection;
            } catch (SQLException e) {
                trouble = SqlFailure.sentence(e);
                if (!trouble.equals(known) || attempt == TRIES || !paused(attempt) || hungUp) {
                    throw e;
                }
            }
        }
    }

    /** Ends the tries: the pool is closed. */
    void hangUp() {
        hungUp = true;
    }

    /** Not if interrupted. */
    private boolean paused(int attempt) {
        long most = Math.min(LONGEST_PAUSE.toMillis(), FIRST_PAUSE.toMillis() << Math.min(attempt, 10));
        try {
            pause.pass(Duration.ofMillis(ThreadLocalRandom.current().nextLong(most / 2, most + 1)));
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Nobody may log in under another name. */
    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("The account is that of the settings");
    }

    @Override
    public @Nullable PrintWriter getLogWriter() {
        return null;
    }

    /** Nothing is written there, as the driver logs by itself. */
    @Override
    public void setLogWriter(@Nullable PrintWriter out) {}

    /** How long the pool waits at its end for a connection that is being opened; the driver's own time-out is another. */
    @Override
    public void setLoginTimeout(int seconds) {
        loginTimeout = seconds;
    }

    @Override
    public int getLoginTimeout() {
        return loginTimeout;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException("Logs through SLF4J");
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        throw new SQLException("Wraps no " + type.getName());
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return false;
    }
}

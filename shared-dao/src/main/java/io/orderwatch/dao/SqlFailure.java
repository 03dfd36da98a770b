package io.orderwatch.dao;

import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What to make of a failed statement. */
enum SqlFailure {
    /** It was no statement that failed. */
    NONE,
    /** Another transaction won a deadlock: run it again. */
    DEADLOCK,
    /** Another transaction held the rows for too long. */
    WAITED,
    /** The server is not there: wait for it. */
    UNAVAILABLE,
    /** A defect, of the statement or of the data. */
    OTHER;

    // MySQL and MariaDB share these numbers
    private static final int LOST_DEADLOCK = 1213;
    private static final int LOCK_WAIT_TIMEOUT = 1205;
    // too many connections, server shutdown (1053, 3169 killed session, 1927 MariaDB's), read-only after a fail-over
    private static final Set<Integer> AWAY = Set.of(1040, 1053, 3169, 1927, 1290, 1836, 4031);

    static SqlFailure of(Throwable thrown) {
        SQLException e = sqlException(thrown);
        if (e == null) {
            return NONE;
        }
        // of a connection that broke earlier, a statement says no more than that it is closed; the rollback tells why
        for (Throwable suppressed : thrown.getSuppressed()) {
            if (of(suppressed) == UNAVAILABLE) {
                return UNAVAILABLE;
            }
        }
        if (e.getErrorCode() == LOCK_WAIT_TIMEOUT) {
            return WAITED;
        }
        if (e.getErrorCode() == LOST_DEADLOCK || "40001".equals(e.getSQLState())) {
            return DEADLOCK;
        }
        boolean away = e instanceof SQLTransientConnectionException
                || e instanceof SQLNonTransientConnectionException
                || e instanceof SQLRecoverableException
                || AWAY.contains(e.getErrorCode())
                || (e.getSQLState() != null && e.getSQLState().startsWith("08"))
                // what HikariCP says of a connection that it has seen break
                || (e.getSQLState() == null && "Connection is closed".equals(e.getMessage()));
        return away ? UNAVAILABLE : OTHER;
    }

    /** The innermost message on one line; Connector/J's outer ones run over several. */
    static String sentence(Throwable thrown) {
        Throwable innermost = thrown;
        while (innermost.getCause() != null && innermost.getCause() != innermost) {
            innermost = innermost.getCause();
        }
        String message = innermost.getMessage() == null ? innermost.toString() : innermost.getMessage();
        return message.replaceAll("\\s+", " ").trim();
    }

    /** What the driver said. What MyBatis wraps it in quotes the statement, and that may hold rows of people's orders. */
    static Throwable withoutStatement(Throwable thrown) {
        SQLException said = sqlException(thrown);
        if (said == null) {
            return thrown;
        }
        if (said != thrown) {
            for (Throwable suppressed : thrown.getSuppressed()) {
                said.addSuppressed(withoutStatement(suppressed));
            }
        }
        return said;
    }

    private static @Nullable SQLException sqlException(Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (t instanceof SQLException e) {
                return e;
            }
        }
        return null;
    }
}

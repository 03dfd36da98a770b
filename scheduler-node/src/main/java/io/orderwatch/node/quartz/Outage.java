package io.orderwatch.node.quartz;

import io.orderwatch.dao.DatabaseUnavailableException;
import io.orderwatch.job.Ticker;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says once that the database is away and once that it is back, however many jobs and threads notice. It is back when
 * each of those that failed has succeeded again. Safe for use by many threads.
 */
final class Outage {

    private static final Logger LOG = LoggerFactory.getLogger(Outage.class);

    private final Ticker ticker;
    private final Set<String> failing = ConcurrentHashMap.newKeySet();
    private final AtomicLong since = new AtomicLong();

    Outage(Ticker ticker) {
        this.ticker = ticker;
    }

    /** Whether the failure means that the server cannot be reached, rather than that it refused a statement. */
    static boolean isCause(Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (t instanceof DatabaseUnavailableException
                    || t instanceof SQLTransientConnectionException
                    || t instanceof SQLRecoverableException
                    || t instanceof SQLException sql && isBroken(sql)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isBroken(SQLException e) {
        // the latter is what HikariCP says of a connection that it has seen break
        return e.getSQLState() != null
                ? e.getSQLState().startsWith("08")
                : "Connection is closed".equals(e.getMessage());
    }

    void failed(String who, Throwable failure) {
        boolean first = failing.isEmpty();
        if (failing.add(who) && first) {
            since.set(ticker.nanos());
            LOG.warn(
                    "The database is away: {} waits for it, and so does all that follows: {}", who, innermost(failure));
        }
    }

    void worked(String who) {
        if (!failing.isEmpty() && failing.remove(who) && failing.isEmpty()) {
            LOG.info("The database answers again after {} ms", (ticker.nanos() - since.get()) / 1_000_000);
        }
    }

    /** The message nearest to the wire, which names the reason; the others only wrap it. */
    static String innermost(Throwable failure) {
        Throwable t = failure;
        while (t.getCause() != null && t.getCause() != t) {
            t = t.getCause();
        }
        String message = t.getMessage();
        return message == null
                ? t.getClass().getSimpleName()
                : message.lines().findFirst().orElse(message);
    }
}

package io.orderwatch.dao;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.sql.DataSource;
import org.apache.ibatis.session.Configuration;
import org.apache.ibatis.session.SqlSessionFactory;
import org.apache.ibatis.session.SqlSessionFactoryBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs transactions on a pool. Safe for use by many threads.
 *
 * <p>A transaction that lost a deadlock is rolled back and run again, so the work that is handed in must change nothing
 * but the database.
 */
public final class Database {

    private static final Logger LOG = LoggerFactory.getLogger(Database.class);
    private static final int TRIES = 4;
    private static final Duration FIRST_WAIT = Duration.ofMillis(10);

    private final DataSource dataSource;
    private final SqlSessionFactory sessions;

    /** @param dataSource lends connections with auto-commit off, at READ COMMITTED, in UTC: see {@link DataSources} */
    public Database(DataSource dataSource) {
        this.dataSource = dataSource;
        Configuration configuration = new Configuration();
        // statements under loggers of their own: a node at DEBUG is to be read by people
        configuration.setLogPrefix("sql.");
        configuration.setMapUnderscoreToCamelCase(true);
        configuration.setArgNameBasedConstructorAutoMapping(true);
        configuration.setLocalCacheScope(org.apache.ibatis.session.LocalCacheScope.STATEMENT);
        configuration.setObjectFactory(new RecordFactory());
        configuration.getTypeHandlerRegistry().register(Instant.class, new UtcInstants());
        configuration.addMappers(Database.class.getPackageName(), SqlMapper.class);
        RecordRows.register(configuration);
        this.sessions = new SqlSessionFactoryBuilder().build(configuration);
    }

    /** As {@link #inTransaction(Function)}, for work without an answer. */
    public void run(Consumer<Tx> work) {
        inTransaction(tx -> {
            work.accept(tx);
            return Boolean.TRUE;
        });
    }

    /**
     * Runs the work in one transaction and commits it; any exception rolls it back.
     *
     * @throws DatabaseUnavailableException when the server cannot be reached or went away; whether the work was
     *     committed is then unknown
     * @throws DatabaseContendedException when others hold the rows for too long
     * @throws DatabaseException when a statement failed for another reason
     */
    public <T> T inTransaction(Function<Tx, T> work) {
        for (int attempt = 1; ; attempt++) {
            try {
                return once(work);
            } catch (SQLException | RuntimeException e) {
                SqlFailure failure = SqlFailure.of(e);
                if (failure == SqlFailure.UNAVAILABLE) {
                    throw new DatabaseUnavailableException(SqlFailure.sentence(e), SqlFailure.withoutStatement(e));
                }
                if (failure == SqlFailure.OTHER) {
                    throw new DatabaseException(e);
                }
                if (failure == SqlFailure.NONE && e instanceof RuntimeException unchecked) {
                    throw unchecked;
                }
                // whoever waited in vain has waited long enough; only who lost a deadlock may win the next time
                if (failure == SqlFailure.WAITED || attempt == TRIES) {
                    throw new DatabaseContendedException(e);
                }
                LOG.debug("Transaction lost a race for rows and is run again, try {} of {}", attempt + 1, TRIES);
                backOff(attempt, e);
            }
        }
    }

    private <T> T once(Function<Tx, T> work) throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            try (Tx tx = new Tx(sessions, connection)) {
                T answer = work.apply(tx);
                connection.commit();
                return answer;
            } catch (SQLException | RuntimeException | Error e) {
                rollBack(connection, e);
                throw e;
            }
        }
    }

    private static void rollBack(Connection connection, Throwable cause) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }

    private static void backOff(int attempt, Exception cause) {
        long most = FIRST_WAIT.toMillis() << attempt;
        try {
            Thread.sleep(ThreadLocalRandom.current().nextLong(most / 2, most));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new DatabaseException("Interrupted while waiting to run a transaction again", cause);
        }
    }
}

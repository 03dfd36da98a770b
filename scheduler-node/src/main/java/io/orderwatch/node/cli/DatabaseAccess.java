package io.orderwatch.node.cli;

import com.zaxxer.hikari.HikariDataSource;
import io.orderwatch.dao.DataSources;
import io.orderwatch.dao.Database;
import io.orderwatch.dao.DatabaseSettings;
import io.orderwatch.dao.DatabaseUnavailableException;
import io.orderwatch.node.config.NodeConfig.Mysql;
import java.time.Duration;
import javax.sql.DataSource;

/**
 * The database for the span of one command.
 *
 * @param connect how long to try to connect
 * @param answer how long one statement may take
 */
record DatabaseAccess(Mysql mysql, Duration connect, Duration answer) {

    private static final int CONNECTIONS = 3;

    /** {@code host:port/schema}. */
    String address() {
        return mysql.server() + "/" + mysql.schema();
    }

    /**
     * Does something with the database and closes all connections.
     *
     * @throws ServerUnavailableException when it cannot be reached
     */
    <T> T with(Work<T> work) throws InterruptedException {
        DatabaseSettings settings =
                new DatabaseSettings(mysql.url(), mysql.user(), mysql.password().value());
        try (HikariDataSource pool = DataSources.pool("command", settings, CONNECTIONS, connect, answer)) {
            return work.with(new Session(pool, new Database(pool)));
        } catch (DatabaseUnavailableException e) {
            throw new ServerUnavailableException("MySQL at " + address() + " cannot be reached: " + Reasons.of(e), e);
        }
    }

    /** What a command does with the database. */
    @FunctionalInterface
    interface Work<T> {

        T with(Session session) throws InterruptedException;
    }

    /** @param pool what {@code database} runs on */
    record Session(DataSource pool, Database database) {}
}

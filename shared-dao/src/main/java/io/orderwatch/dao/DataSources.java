package io.orderwatch.dao;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.Properties;

/** Makes connection pools in the one way that all parts rely on: UTC, READ COMMITTED, every wait bounded. */
public final class DataSources {

    // A session that hangs with locks held is cut by the server: wait_timeout counts idle time inside a transaction
    // too, and MariaDB has a setting of its own for it, which only MariaDB reads from this comment.
    // MariaDB would make a temporary table of each list of a thousand ids and join it: ids by the primary key are
    // cheaper.
    private static final String SESSION =
            "SET /*M!100600 idle_transaction_timeout = 30, in_predicate_conversion_threshold = 0, */"
                    + " wait_timeout = 90, innodb_lock_wait_timeout = 5";

    private DataSources() {}

    /**
     * A pool that opens no connection until it is asked, and does not mind a server that is away at the time.
     *
     * @param name shows in thread names, logs and JMX
     * @param size most connections
     * @param wait how long a caller waits for a connection before it fails with {@link DatabaseUnavailableException}
     */
    public static HikariDataSource pool(String name, DatabaseSettings settings, int size, Duration wait) {
        return pool(name, settings, size, wait, Duration.ofSeconds(30));
    }

    /** @param answer how long one statement may take to answer before its connection is given up */
    public static HikariDataSource pool(
            String name, DatabaseSettings settings, int size, Duration wait, Duration answer) {
        Properties session = session(settings, wait, answer);
        HikariConfig config = new HikariConfig();
        config.setPoolName(name);
        Redialling line = new Redialling(() -> DriverManager.getConnection(settings.url(), session));
        config.setDataSource(line);
        // tells the pool that it is MySQL
        config.setJdbcUrl(settings.url());
        config.setMaximumPoolSize(size);
        config.setMinimumIdle(Math.min(2, size));
        config.setConnectionTimeout(wait.toMillis());
        config.setValidationTimeout(Math.max(250, Math.min(1000, wait.toMillis())));
        config.setKeepaliveTime(Duration.ofSeconds(30).toMillis());
        config.setInitializationFailTimeout(-1);
        config.setAutoCommit(false);
        config.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
        config.setConnectionInitSql(SESSION);
        return new HikariDataSource(config) {
            @Override
            public void close() {
                line.hangUp();
                super.close();
            }
        };
    }

    private static Properties session(DatabaseSettings settings, Duration wait, Duration answer) {
        Properties session = new Properties();
        session.setProperty("user", settings.user());
        session.setProperty("password", settings.password());
        session.setProperty("connectionTimeZone", "UTC");
        session.setProperty("forceConnectionTimeZoneToSession", "true");
        session.setProperty("rewriteBatchedStatements", "true");
        session.setProperty("cachePrepStmts", "true");
        session.setProperty("prepStmtCacheSqlLimit", "2048");
        // of statements that are not prepared: those with the bodies of a thousand notifications are full of braces
        session.setProperty("enableEscapeProcessing", "false");
        session.setProperty("useLocalSessionState", "true");
        session.setProperty("cacheServerConfiguration", "true");
        session.setProperty("maintainTimeStats", "false");
        session.setProperty("characterEncoding", "UTF-8");
        session.setProperty("connectTimeout", Long.toString(Math.min(3000, wait.toMillis())));
        session.setProperty("socketTimeout", Long.toString(answer.toMillis()));
        session.setProperty("tcpKeepAlive", "true");
        return session;
    }
}

package io.orderwatch.node.cli;

import com.zaxxer.hikari.HikariDataSource;
import io.orderwatch.dao.DataSources;
import io.orderwatch.dao.Database;
import io.orderwatch.dao.DatabaseSettings;
import io.orderwatch.dao.DatabaseUnavailableException;
import io.orderwatch.dao.cluster.ClusterStore;
import io.orderwatch.job.Ticker;
import io.orderwatch.node.config.NodeConfig.Mysql;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Callable;

/** Asks the database for its version and its time. */
record MysqlProbe(Mysql mysql, Duration within, InstantSource clock, Ticker ticker)
        implements Callable<DependencyReport> {

    private static final String NAME = "MySQL";

    @Override
    public DependencyReport call() {
        DatabaseSettings settings =
                new DatabaseSettings(mysql.url(), mysql.user(), mysql.password().value());
        try (HikariDataSource pool = DataSources.pool("check", settings, 1, within, within)) {
            Database database = new Database(pool);
            ClusterStore store = new ClusterStore();
            String version = database.inTransaction(store::version);
            return database.inTransaction(tx -> {
                store.databaseTime(tx); // so that the one that is measured finds its statement prepared
                long begin = ticker.nanos();
                Instant before = clock.instant();
                Instant theirs = store.databaseTime(tx);
                Duration roundTrip = Duration.ofNanos(ticker.nanos() - begin);
                Duration difference = Duration.between(before.plus(roundTrip.dividedBy(2)), theirs);
                return new DependencyReport(NAME, address(), version, roundTrip, difference, null);
            });
        } catch (DatabaseUnavailableException e) {
            return DependencyReport.unusable(NAME, address(), "cannot be reached: " + Reasons.of(e));
        } catch (RuntimeException e) {
            return DependencyReport.unusable(NAME, address(), "cannot be used: " + Reasons.of(e));
        }
    }

    private String address() {
        return mysql.server() + "/" + mysql.schema();
    }
}

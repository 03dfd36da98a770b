package io.orderwatch.node.quartz;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.quartz.utils.ConnectionProvider;

/** Lends Quartz a pool that it does not own. Quartz keeps its providers for ever, so this one lets go of the pool. */
final class LentPool implements ConnectionProvider {

    private final AtomicReference<@Nullable DataSource> pool;

    LentPool(DataSource pool) {
        this.pool = new AtomicReference<>(pool);
    }

    @Override
    public Connection getConnection() throws SQLException {
        DataSource lent = pool.get();
        if (lent == null) {
            throw new SQLNonTransientConnectionException("The scheduler is closed", "08003");
        }
        return lent.getConnection();
    }

    @Override
    public void initialize() {
        // its owner did
    }

    @Override
    public void shutdown() {
        pool.set(null);
    }
}

package io.orderwatch.dao;

import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.apache.ibatis.executor.BatchResult;
import org.apache.ibatis.session.ExecutorType;
import org.apache.ibatis.session.SqlSession;
import org.apache.ibatis.session.SqlSessionFactory;
import org.jspecify.annotations.Nullable;

/** An open transaction. Stores take it as their first argument; only {@link Database} opens and ends one. */
public final class Tx implements AutoCloseable {

    private final SqlSessionFactory sessions;
    private final Connection connection;
    private final SqlSession simple;
    private @Nullable SqlSession batch;

    Tx(SqlSessionFactory sessions, Connection connection) {
        this.sessions = sessions;
        this.connection = connection;
        this.simple = sessions.openSession(ExecutorType.REUSE, connection);
    }

    /** The mapper of a feature, bound to this transaction; for the stores of this module alone. */
    public <M extends SqlMapper> M mapper(Class<M> type) {
        return simple.getMapper(type);
    }

    /**
     * Sends one statement for many rows in as few round trips as the driver can.
     *
     * @return rows changed by each statement, in order; a driver that rewrote an INSERT does not tell, and gives a
     *     negative figure
     */
    public <M extends SqlMapper, R> List<Integer> batch(Class<M> type, Iterable<R> rows, BiConsumer<M, R> statement) {
        if (batch == null) {
            batch = sessions.openSession(ExecutorType.BATCH, connection);
        }
        M mapper = batch.getMapper(type);
        for (R row : rows) {
            statement.accept(mapper, row);
        }
        List<Integer> changed = new ArrayList<>();
        for (BatchResult result : batch.flushStatements()) {
            for (int count : result.getUpdateCounts()) {
                changed.add(count);
            }
        }
        return changed;
    }

    @Override
    public void close() {
        // neither session owns the connection's transaction, so closing them only frees their statements;
        // the connection itself goes back to the pool in Database
        if (batch != null) {
            batch.clearCache();
        }
        simple.clearCache();
    }
}

package io.orderwatch.stack.generator;

import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;

/** Writes what the systems around Orderwatch write, and keeps book of it. Used by one thread at a time. */
public final class Generator implements AutoCloseable {

    private static final int BURST_BATCH = 1_000;

    private final GeneratorSettings settings;
    private final OrderBook book;
    private final InstantSource clock;
    private final Connection connection;
    private final Sql sql;
    private final OrderFlow flow;

    private Generator(GeneratorSettings settings, OrderBook book, InstantSource clock, Connection connection) {
        this.settings = settings;
        this.book = book;
        this.clock = clock;
        this.connection = connection;
        this.sql = new Sql(connection);
        this.flow = new OrderFlow(settings, book, clock, sql);
    }

    /**
     * @param jdbcUrl a database with Orderwatch's schema, without parameters
     * @param book empty; it gets what is written
     */
    public static Generator connect(
            String jdbcUrl,
            String user,
            String password,
            GeneratorSettings settings,
            OrderBook book,
            InstantSource clock)
            throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", password);
        properties.setProperty("rewriteBatchedStatements", "true");
        properties.setProperty("connectionTimeZone", "UTC");
        properties.setProperty("forceConnectionTimeZoneToSession", "true");
        properties.setProperty("connectTimeout", "5000");
        properties.setProperty("socketTimeout", "60000");
        properties.setProperty("allowPublicKeyRetrieval", "true");
        Connection connection = DriverManager.getConnection(jdbcUrl, properties);
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
        return new Generator(settings, book, clock, connection);
    }

    /**
     * Writes merchants, users, groups and strategies. The database must have none.
     *
     * @param addresses where each merchant is called
     * @param secrets what each merchant knows its caller by
     */
    public void populate(LongFunction<URI> addresses, LongFunction<String> secrets) throws SQLException {
        new Population(settings.users(), settings.merchants()).write(sql, addresses, secrets);
        book.open(firstFreeOrderId(), settings.users());
    }

    /**
     * Writes orders that are paid from the start, as fast as it can, each thousand in a transaction.
     *
     * @param stopped asked after each thousand
     */
    public void burst(int orders, BooleanSupplier stopped) throws SQLException {
        Random random = new Random(settings.seed());
        for (int done = 0; done < orders && !stopped.getAsBoolean(); done += BURST_BATCH) {
            int size = Math.min(BURST_BATCH, orders - done);
            LocalDateTime now = LocalDateTime.ofInstant(clock.instant(), ZoneOffset.UTC);
            List<NewOrder> batch = new ArrayList<>(size);
            for (int i = 0; i < size; i++) {
                int user = 1 + random.nextInt(settings.users());
                int merchant = 1 + random.nextInt(settings.merchants());
                batch.add(new NewOrder(book.next(user), user, merchant, "PAID", false, null, now, null));
            }
            sql.commit(connection -> {
                OrderInsert.write(connection, batch);
                long committedAt = clock.millis();
                batch.forEach(order -> book.paid(order.id(), committedAt));
                return size;
            });
            book.written(size);
        }
    }

    /**
     * Lets orders flow for the time that the settings say, then waits for the last steps of their lives, and switches
     * everybody on again.
     *
     * @param stopped asked many times a second; when true the flow ends at once
     */
    public void flow(BooleanSupplier stopped) throws SQLException, InterruptedException {
        flow.run(() -> false, stopped);
    }

    /**
     * As {@link #flow(BooleanSupplier)}, and can be called again afterwards.
     *
     * @param enough asked many times a second; when true no new orders are written, and those that there are live on
     */
    public void flow(BooleanSupplier enough, BooleanSupplier stopped) throws SQLException, InterruptedException {
        flow.run(enough, stopped);
    }

    private long firstFreeOrderId() throws SQLException {
        return sql.commit(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT COALESCE(MAX(id), 0) + 1 FROM orders")) {
                row.next();
                return row.getLong(1);
            }
        });
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}

package io.orderwatch.stack.generator;

import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
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
    private final Sql sql;
    private final OrderFlow flow;

    private Generator(GeneratorSettings settings, OrderBook book, InstantSource clock, Sql sql) {
        this.settings = settings;
        this.book = book;
        this.clock = clock;
        this.sql = sql;
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
        return connect(jdbcUrl, user, password, settings, book, clock, Duration.ZERO);
    }

    /**
     * @param jdbcUrl a database with Orderwatch's schema, without parameters
     * @param book empty; it gets what is written
     * @param patience how long it waits for a database that goes away; above zero it makes a table {@code
     *     generator_mark} for that
     */
    public static Generator connect(
            String jdbcUrl,
            String user,
            String password,
            GeneratorSettings settings,
            OrderBook book,
            InstantSource clock,
            Duration patience)
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
        Sql sql = new Sql(
                () -> {
                    Connection connection = DriverManager.getConnection(jdbcUrl, properties);
                    connection.setAutoCommit(false);
                    connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
                    return connection;
                },
                patience);
        return new Generator(settings, book, clock, sql);
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
     * Writes orders that nobody has paid yet, as fast as it can, each thousand in a transaction.
     *
     * @param stopped asked after each thousand
     * @return the orders, for {@link #pay}
     */
    public PlacedOrders place(int orders, BooleanSupplier stopped) throws SQLException {
        Random random = new Random(settings.seed());
        long first = 0;
        int placed = 0;
        while (placed < orders && !stopped.getAsBoolean()) {
            int size = Math.min(BURST_BATCH, orders - placed);
            List<NewOrder> batch = new ArrayList<>(size);
            for (int i = 0; i < size; i++) {
                int user = 1 + random.nextInt(settings.users());
                int merchant = 1 + random.nextInt(settings.merchants());
                long id = book.next(user);
                first = first == 0 ? id : first;
                batch.add(new NewOrder(id, user, merchant, "PENDING", false, null, null, null));
            }
            sql.commit(connection -> {
                OrderInsert.write(connection, batch);
                return size;
            });
            book.written(size);
            placed += size;
        }
        return new PlacedOrders(first, placed);
    }

    /**
     * Pays them all as fast as it can, each thousand in a transaction.
     *
     * @param stopped asked after each thousand
     */
    public void pay(PlacedOrders orders, BooleanSupplier stopped) throws SQLException {
        for (int done = 0; done < orders.count() && !stopped.getAsBoolean(); done += BURST_BATCH) {
            long from = orders.firstId() + done;
            long to = orders.firstId() + Math.min(done + BURST_BATCH, orders.count()) - 1;
            sql.commit(connection -> {
                try (PreparedStatement update =
                        connection.prepareStatement("UPDATE orders SET status = 'PAID', paid_at = UTC_TIMESTAMP(3)"
                                + " WHERE status = 'PENDING' AND id BETWEEN ? AND ?")) {
                    update.setLong(1, from);
                    update.setLong(2, to);
                    int paid = update.executeUpdate();
                    if (paid != to - from + 1) {
                        throw new IllegalStateException(
                                "Only " + paid + " of the orders " + from + " to " + to + " were still unpaid");
                    }
                    long committedAt = clock.millis();
                    for (long id = from; id <= to; id++) {
                        book.paid(id, committedAt);
                    }
                    return paid;
                }
            });
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
        sql.close();
    }
}

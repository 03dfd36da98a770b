package io.orderwatch.faults;

import io.orderwatch.stack.BreakableStack;
import io.orderwatch.stack.generator.Generator;
import io.orderwatch.stack.generator.GeneratorSettings;
import io.orderwatch.stack.generator.OrderBook;
import io.orderwatch.stack.merchant.Merchant;
import java.net.URI;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Orders that come, are paid or not, and switches that are flipped, from the outside. For one thread. */
final class Load implements AutoCloseable {

    static final int USERS = 500;
    /** One that has half of the load, 7 that fail now and then, 4 that cannot be told, and others, who are fine. */
    static final int MERCHANTS = 38;
    /** Is fine, as are all behind the last of those that are not: together they have 85 of 100 orders. */
    static final long FAVOURITE = 1;

    static final long FIRST_FINE = 13;
    private static final int FAVOURITES_PERCENT = 50;

    /** One flow; a fault that lasts longer would find the orders have dried up. */
    private static final Duration MOST = Duration.ofMinutes(10);
    /** It waits so long for a database that is away. */
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    /** After each fault one waits for the last orders to live to their end. */
    private static final int PACE = 5;

    private static final int BAD_ONE_IN = 50;

    private final OrderBook book;
    private final Generator generator;
    private final int ordersPerSecond;
    private final AtomicBoolean enough = new AtomicBoolean();
    private final AtomicBoolean stopped = new AtomicBoolean();
    private @Nullable FutureTask<Void> flow;

    Load(BreakableStack stack, String schema, OrderBook book, int ordersPerSecond, long seed, InstantSource clock)
            throws SQLException {
        this.book = book;
        this.ordersPerSecond = ordersPerSecond;
        this.generator = Generator.connect(
                stack.jdbcUrl(schema),
                stack.user(),
                stack.password(),
                new GeneratorSettings(
                        USERS,
                        MERCHANTS,
                        ordersPerSecond,
                        MOST,
                        true,
                        Math.toIntExact(ordersPerSecond * MOST.toSeconds() / BAD_ONE_IN),
                        seed,
                        PACE,
                        FAVOURITES_PERCENT),
                book,
                clock,
                PATIENCE);
    }

    /** @param elsewhere the addresses of merchants that are not where all are */
    void populate(Merchant merchant, Map<Long, URI> elsewhere) throws SQLException {
        generator.populate(id -> elsewhere.getOrDefault(id, merchant.address(id)), Merchant::secretOf);
    }

    /** Lets orders flow until {@link #end}. */
    void begin() {
        enough.set(false);
        flow = new FutureTask<>(() -> {
            generator.flow(enough::get, stopped::get);
            return null;
        });
        new Thread(flow, "generator").start();
    }

    /** No new orders come, and those that there are live to their end. Fails if the generator did. */
    void end() throws Exception {
        enough.set(true);
        if (flow != null) {
            FutureTask<Void> ending = flow;
            flow = null;
            ending.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    int ordersPerSecond() {
        return ordersPerSecond;
    }

    OrderBook book() {
        return book;
    }

    @Override
    public void close() throws SQLException {
        stopped.set(true);
        generator.close();
    }
}

package io.orderwatch.node;

import com.zaxxer.hikari.HikariDataSource;
import io.orderwatch.dao.DataSources;
import io.orderwatch.dao.DatabaseSettings;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.check.Invariants;
import io.orderwatch.stack.cluster.Cluster;
import io.orderwatch.stack.cluster.ClusterSettings;
import io.orderwatch.stack.generator.Generator;
import io.orderwatch.stack.generator.GeneratorSettings;
import io.orderwatch.stack.generator.OrderBook;
import io.orderwatch.stack.merchant.Behaviour;
import io.orderwatch.stack.merchant.Delivery;
import io.orderwatch.stack.merchant.Merchant;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A cluster of three node processes at work: servers, merchants, a generator of orders, and plain SQL as other systems
 * and operators write it. For one test thread.
 */
final class LiveCluster implements AutoCloseable {

    /** Users of the generator, numbered from 1. */
    static final int USERS = 500;
    /** A user that the generator leaves alone. */
    static final int LONE_USER = 10_007;
    /** A merchant that the generator leaves alone; called 8 times at once at most. */
    static final int SLOW_MERCHANT = 10_001;

    private static final int MERCHANTS = 6;
    private static final int ORDERS_PER_SECOND = 100;
    private static final Duration MOST = Duration.ofSeconds(120);
    /** Ids of orders that the generator does not come to. */
    private static final long OWN_ORDERS = 1_000_000_000;

    private static final int NOTIFICATIONS_PER_ORDER = 16;
    /** Shorter than by default, so that what hangs, and what died, is not waited for so long. */
    private static final String CONF = """
            delivery {
              total-deadline = 4 s
              lease-margin = 3 s
            }
            # merchants that fail are to be tried to the end here: no breaker opens
            breaker {
              failures-in-row = 10000
              least-calls = 100000
            }
            """;

    private final InstantSource clock = InstantSource.system();
    private final OrderBook book = new OrderBook();
    private final AtomicBoolean enough = new AtomicBoolean();
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final Stack stack;
    private final String schema;
    private final HikariDataSource database;
    private final Merchant merchant;
    private final ClusterSettings settings;
    private final Cluster nodes;
    private final Generator generator;
    private final Invariants invariants;
    private @Nullable FutureTask<Void> load;
    private long nextOrder = OWN_ORDERS;

    private LiveCluster(Stack stack) throws SQLException, InterruptedException {
        this.stack = stack;
        this.schema = stack.newSchema("cluster_it");
        String url = stack.jdbcUrl(schema);
        this.database = DataSources.pool(
                "test", new DatabaseSettings(url, stack.user(), stack.password()), 2, Duration.ofSeconds(10));
        this.merchant = Merchant.start(0, Merchant::secretOf, clock, (id, at) -> {
            if (id < OWN_ORDERS * NOTIFICATIONS_PER_ORDER) {
                book.told(id, at);
            }
        });
        this.settings = new ClusterSettings(
                Path.of("target", "orderwatch"),
                Path.of("target", "cluster", schema),
                schema.replace('_', '-'),
                3,
                CONF);
        this.nodes = new Cluster(settings, stack, schema);
        this.generator = Generator.connect(
                url,
                stack.user(),
                stack.password(),
                new GeneratorSettings(
                        USERS,
                        MERCHANTS,
                        ORDERS_PER_SECOND,
                        MOST,
                        true,
                        Math.toIntExact(ORDERS_PER_SECOND * MOST.toSeconds() / 50),
                        1),
                book,
                clock);
        this.invariants = new Invariants(database, new Invariants.Heard() {
            @Override
            public Delivery of(long notificationId) {
                return merchant.delivery(notificationId);
            }

            @Override
            public void forEach(Consumer<Delivery> consumer) {
                merchant.forEachDelivery(consumer);
            }
        });
    }

    /** Returns when all nodes are ready. Their logs are left in {@code target/cluster}. */
    static LiveCluster start(Stack stack) throws SQLException, InterruptedException {
        LiveCluster cluster = new LiveCluster(stack);
        try {
            cluster.nodes.migrate(() -> false);
            cluster.populate();
            cluster.nodes.start(() -> false);
            return cluster;
        } catch (SQLException | RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private void populate() throws SQLException {
        generator.populate(merchant::address, Merchant::secretOf);
        execute("INSERT INTO users (id) VALUES (?)", LONE_USER);
        execute("INSERT INTO merchants (id) VALUES (?)", SLOW_MERCHANT);
        execute(
                "INSERT INTO merchant_endpoints (merchant_id, url, secret, max_in_flight) VALUES (?, ?, ?, 8)",
                SLOW_MERCHANT,
                merchant.address(SLOW_MERCHANT).toString(),
                Merchant.secretOf(SLOW_MERCHANT));
        // enough tries that a merchant that fails now and then is told in the end
        execute("UPDATE merchants SET retry_delays = '300ms,500ms,1s,1s,1s,1s,1s,1s'");
        merchant.behave(2, Behaviour.parse("fail=500@0.1"));
        merchant.behave(3, Behaviour.parse("word=failure@0.1"));
        merchant.behave(4, Behaviour.parse("hang@0.02"));
        merchant.behave(5, Behaviour.parse("reset@0.1"));
        // and one that never listens
        merchant.behave(6, Behaviour.parse("fail=503"));
        execute("UPDATE merchants SET retry_delays = '300ms,300ms' WHERE id = 6");
    }

    /** Lets orders flow until {@link #endLoad}, two minutes at most. */
    void startLoad() {
        enough.set(false);
        load = new FutureTask<>(() -> {
            generator.flow(enough::get, stopped::get);
            return null;
        });
        new Thread(load, "generator").start();
    }

    /** No new orders come, and those that there are live to their end. Fails if the generator did; else does nothing. */
    void endLoad() throws Exception {
        enough.set(true);
        if (load != null) {
            FutureTask<Void> ending = load;
            load = null;
            ending.get(MOST.toSeconds(), TimeUnit.SECONDS);
        }
    }

    OrderBook.Progress load() {
        return book.progress();
    }

    OrderBook book() {
        return book;
    }

    Merchant merchant() {
        return merchant;
    }

    Cluster nodes() {
        return nodes;
    }

    Invariants invariants() {
        return invariants;
    }

    /** Orders that nobody can deal with, of kinds that the generator does not have. */
    void insertBadOrders() {
        insertOrder(1, MERCHANTS + 1, "PAID", null);
        insertOrder(1, 1, "PAID", "{\"colour\": ");
        insertOrder(1, 1, "PAID", "{\"note\": \"" + "x".repeat(70_000) + "\"}");
        insertOrder(1, 1, "paid", null);
    }

    /** Paid ones, all at once. */
    List<Long> insertOrders(long user, long merchantId, int count) {
        List<Long> ids = LongStream.range(nextOrder, nextOrder + count).boxed().toList();
        nextOrder += count;
        execute("INSERT INTO orders (id, order_no, user_id, merchant_id, status) VALUES "
                + ids.stream()
                        .map(id -> "(%d, 'IT-%d', %d, %d, 'PAID')".formatted(id, id, user, merchantId))
                        .collect(Collectors.joining(", ")));
        return ids;
    }

    private void insertOrder(long user, long merchantId, String status, @Nullable String attributes) {
        long id = nextOrder++;
        execute(
                "INSERT INTO orders (id, order_no, user_id, merchant_id, status, attributes) VALUES (?, ?, ?, ?, ?, ?)",
                id,
                "IT-" + id,
                user,
                merchantId,
                status,
                attributes);
    }

    /** Waits until nothing is left to do. */
    void awaitRest() {
        try {
            Awaitility.await().until(() -> left().isEmpty());
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("There is still to be done: " + left() + "\nJobs: " + jobs(), e);
        }
    }

    /** In the order in which an order comes from one to the next: what moves on between two looks is seen by the later. */
    private List<String> left() {
        List<String> left = new ArrayList<>();
        // they would be cancelled, and their merchants told, between this look and the next
        ids("SELECT id FROM orders WHERE open_until < UTC_TIMESTAMP(3) + INTERVAL 20 SECOND")
                .forEach(id -> left.add("Order " + id + " is about to expire"));
        left.addAll(invariants.unpaidPastExpiry(Duration.ZERO));
        left.addAll(invariants.unfinished());
        left.addAll(invariants.notSetAsideAsDue());
        return left;
    }

    /** How they do, for somebody who wonders why there is still something to be done. */
    private List<String> jobs() {
        return texts("SELECT CONCAT(r.job, ' on ', r.node, ' last started at ', r.last_started_at, ', runs ', r.runs,"
                + " ', failures ', r.failures, COALESCE(CONCAT(' (', r.last_error, ')'), ''), ', trigger ',"
                + " COALESCE(t.TRIGGER_STATE, 'missing'), ', now ', UTC_TIMESTAMP(3)) FROM job_runs r"
                + " LEFT JOIN QRTZ_TRIGGERS t ON t.JOB_GROUP = r.job AND t.JOB_NAME = r.node ORDER BY 1");
    }

    /** What a node wrote since. */
    record Log(Path file, long from) {

        List<String> linesWith(String words) {
            try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "r")) {
                // a file that is shorter now was rolled over meanwhile
                log.seek(Math.min(from, log.length()));
                byte[] since = new byte[(int) (log.length() - log.getFilePointer())];
                log.readFully(since);
                return new String(since, StandardCharsets.UTF_8)
                        .lines()
                        .filter(line -> line.contains(words))
                        .toList();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    Log logFromHere(String node) {
        Path file = settings.logs(node).resolve("system.log");
        return new Log(file, file.toFile().length());
    }

    /** Another node of the id {@code node-1}, as from another host: a folder of its own, the same servers. */
    Intruder launchSecondNodeOne() {
        ClusterSettings itsSettings = new ClusterSettings(
                settings.home(), Path.of("target", "cluster", schema + "-intruder"), settings.name(), 1, CONF);
        Cluster intruder = new Cluster(itsSettings, stack, schema);
        intruder.launch("node-1");
        return new Intruder(intruder, new Log(itsSettings.logs("node-1").resolve("system.log"), 0));
    }

    record Intruder(Cluster cluster, Log log) implements AutoCloseable {

        @Override
        public void close() {
            cluster.close();
        }
    }

    /** The database's clock, which dates the grants of shards. */
    String databaseTime() {
        return texts("SELECT UTC_TIMESTAMP(6)").get(0);
    }

    /** Shards that others got as from a node that died, and not because it handed them over. */
    List<String> takenOver(String node, String from, String to) {
        return texts(
                "SELECT CONCAT('shard ', taken.shard, ' by ', taken.node, ' at ', taken.granted_at)"
                        + " FROM shard_epochs taken JOIN shard_epochs held"
                        + " ON held.shard = taken.shard AND held.epoch = taken.epoch - 1"
                        + " WHERE taken.reason = 'TAKEOVER' AND held.node = ? AND taken.granted_at BETWEEN ? AND ?",
                node,
                from,
                to);
    }

    /** Notifications that merchants have accepted more than once by now. */
    Set<Long> toldTwice() {
        Set<Long> twice = new HashSet<>();
        merchant.forEachDelivery(delivery -> {
            if (delivery.acceptances() > 1) {
                twice.add(delivery.id());
            }
        });
        return twice;
    }

    /** By the clock of this host, which is that of the nodes, too. */
    long now() {
        return clock.millis();
    }

    void execute(String sql, Object... parameters) {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = prepared(connection, sql, parameters)) {
            statement.executeUpdate();
            connection.commit();
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    long number(String sql, Object... parameters) {
        return Long.parseLong(texts(sql, parameters).get(0));
    }

    Set<Long> ids(String sql, Object... parameters) {
        return texts(sql, parameters).stream().map(Long::valueOf).collect(Collectors.toCollection(HashSet::new));
    }

    /** The first column. */
    List<String> texts(String sql, Object... parameters) {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = prepared(connection, sql, parameters);
                ResultSet rows = statement.executeQuery()) {
            List<String> texts = new ArrayList<>();
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
            connection.rollback();
            return texts;
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    private static PreparedStatement prepared(Connection connection, String sql, Object... parameters)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < parameters.length; i++) {
            statement.setObject(i + 1, parameters[i]);
        }
        return statement;
    }

    @Override
    public void close() throws SQLException {
        stopped.set(true);
        nodes.close();
        generator.close();
        merchant.close();
        database.close();
        stack.dropSchema(schema);
    }
}

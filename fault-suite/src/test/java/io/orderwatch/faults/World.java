package io.orderwatch.faults;

import io.orderwatch.faults.net.Network;
import io.orderwatch.stack.BreakableStack;
import io.orderwatch.stack.cluster.Cluster;
import io.orderwatch.stack.cluster.ClusterSettings;
import io.orderwatch.stack.cluster.Reach;
import io.orderwatch.stack.generator.OrderBook;
import io.orderwatch.stack.merchant.Behaviour;
import io.orderwatch.stack.merchant.Delivery;
import io.orderwatch.stack.merchant.Merchant;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;

/** A cluster at work that can be harmed: servers, nodes, the wires between them, merchants, orders. For one thread. */
final class World implements AutoCloseable {

    private static final String CLUSTER = "faults";
    private static final String JAVA_OPTS = "ORDERWATCH_JAVA_OPTS";

    /** A fault heals within this or it never will: a slow machine is no violation. */
    static final Duration PATIENCE = Duration.ofSeconds(150);

    /**
     * A claim holds so long at least from when its request begins, which may be half the margin after the claim: the
     * total deadline and the other half, as they are configured below, and rounded down.
     */
    static final Duration CLAIMED = Duration.ofMillis(5_400);

    /** Sooner than by default, so that what hangs, and what died, is not waited for so long. */
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
            # where the merchants are that may be called; others are next to them
            delivery.allowed-addresses = "127.0.0.1/32"
            # so that descriptors that are left behind show among those of log files
            log.user-files-open = 20
            """;

    /** The distribution that was just built. */
    private static final Path HOME = Path.of("..", "scheduler-node", "target", "orderwatch");

    private final BreakableStack stack;
    private final Path folder;
    private final String schema;
    private final WallClock clocks;
    private final KillPoints killPoints;
    private final Network network;
    private final Cluster nodes;
    private final Merchant merchant;
    private final Canary canary;
    private final Strangers strangers;
    private final Tables tables;
    private final Load load;
    private final Markers markers;
    private final Ensemble ensemble;
    private final InFlight inFlight;
    private final ByHand byHand;
    private final Figures figures = new Figures();

    /**
     * Starts everything and returns when all nodes are ready.
     *
     * @param folder for logs, which are left
     * @param tick of the ZooKeepers
     */
    World(Path folder, Duration tick, int nodeCount, int ordersPerSecond, long seed) throws Exception {
        InstantSource clock = InstantSource.system();
        this.stack = BreakableStack.start(folder, tick);
        try {
            this.schema = stack.newSchema(CLUSTER);
            this.clocks = new WallClock(folder);
            this.killPoints = new KillPoints(folder);
            this.folder = folder;
            this.tables = new Tables(stack.jdbcUrl(schema), stack.user(), stack.password());
            List<String> ids = IntStream.rangeClosed(1, nodeCount)
                    .mapToObj(number -> "node-" + number)
                    .toList();
            ids.forEach(this::createAccount);
            this.network = new Network(ids, stack);
            OrderBook book = new OrderBook();
            this.merchant = Merchant.start(0, Merchant::secretOf, clock, (id, at) -> {
                if (id < Markers.FIRST * Checker.NOTIFICATIONS_PER_ORDER) {
                    book.told(id, at);
                }
            });
            this.canary = new Canary();
            this.strangers = new Strangers(folder);
            this.nodes = new Cluster(
                    new ClusterSettings(HOME, folder.resolve("cluster"), CLUSTER, nodeCount, CONF), this::reach);
            nodes.migrate(() -> false);
            this.load = new Load(stack, schema, book, ordersPerSecond, seed, clock);
            this.markers = new Markers(tables, ClusterSettings.SHARDS);
            this.ensemble = new Ensemble(stack.zookeeperConnect(), CLUSTER);
            populate();
            this.inFlight = new InFlight(tables, ClusterSettings.SHARDS);
            this.byHand = new ByHand(
                    tables, nodes.ids().stream().map(nodes::jmxAddress).toList(), new Random(seed));
            nodes.start(() -> false);
        } catch (Exception e) {
            stack.close();
            throw e;
        }
    }

    /** One a node, so that one can tell whose connections there are. */
    private void createAccount(String node) {
        tables.execute("CREATE USER '%s'@'%%' IDENTIFIED BY '%s'".formatted(account(node), stack.password()));
        tables.execute("GRANT ALL ON *.* TO '%s'@'%%'".formatted(account(node)));
    }

    /** The database's user that a node is. */
    static String account(String node) {
        return node.replace('-', '_');
    }

    private Reach reach(String node) {
        return new Reach(
                "jdbc:mysql://127.0.0.1:%d/%s"
                        .formatted(
                                network.links(node, Network.Store.DATABASE)
                                        .get(0)
                                        .port(),
                                schema),
                account(node),
                stack.password(),
                "redis://127.0.0.1:"
                        + network.links(node, Network.Store.REDIS).get(0).port(),
                network.links(node, Network.Store.ZOOKEEPER).stream()
                        .map(link -> "127.0.0.1:" + link.port())
                        .collect(Collectors.joining(",")),
                environment(node));
    }

    private Map<String, String> environment(String node) {
        Map<String, String> environment = new HashMap<>(clocks.environment(node));
        environment.put(
                JAVA_OPTS,
                String.join(
                                " ",
                                System.getenv().getOrDefault(JAVA_OPTS, ""),
                                strangers.javaOption(),
                                killPoints.option(node))
                        .strip());
        return environment;
    }

    private void populate() throws Exception {
        load.populate(merchant, Hopeless.addresses(strangers));
        markers.populate(merchant.address(Markers.merchant()).toString(), Merchant.secretOf(Markers.merchant()));
        // enough tries that a merchant that fails now and then is told in the end, whatever else happens
        tables.execute("UPDATE merchants SET retry_delays = '300ms,500ms,1s,1s,1s,2s,2s,5s,5s,10s'");
        Hopeless.populate(tables);
        tables.execute("UPDATE job_settings SET interval_ms = 1000 WHERE job = 'expiry-cancel'");
        behaveAsEver();
    }

    /** Merchants are as they are: most are fine, most of the time. */
    void behaveAsEver() {
        merchant.behave(Markers.merchant(), Behaviour.OK);
        // so that something is always under way
        merchant.behave(Load.FAVOURITE, Behaviour.parse("slow=100"));
        merchant.behave(2, Behaviour.parse("slow=1500"));
        // every third one's answer has to be a word
        merchant.behave(3, Behaviour.parse("word=failure@0.2"));
        merchant.behave(4, Behaviour.parse("fail=500@0.2"));
        merchant.behave(5, Behaviour.parse("hang@0.05"));
        merchant.behave(6, Behaviour.parse("reset@0.2"));
        merchant.behave(7, Behaviour.parse("drip=100@0.5"));
        merchant.behave(8, Behaviour.parse("redirect=" + canary.address() + "@0.2"));
        merchant.behave(Hopeless.AWAY, Behaviour.parse("away=86400"));
        for (long fine = Load.FIRST_FINE; fine <= Load.MERCHANTS; fine++) {
            merchant.behave(fine, Behaviour.OK);
        }
    }

    /**
     * Another cluster of one node, {@code node-1}, under the same name and on the same ZooKeeper.
     *
     * @param sameSchema false: it has a schema of its own, as another installation would
     */
    Cluster intruder(boolean sameSchema) {
        return intruder(sameSchema ? schema : stack.newSchema("intruder"), "");
    }

    /**
     * Another cluster of one node, {@code node-1}, under the same name and on the same ZooKeeper.
     *
     * @param itsSchema brought up to date unless it is ours
     * @param more settings of its own
     */
    Cluster intruder(String itsSchema, String more) {
        Cluster intruder = new Cluster(
                new ClusterSettings(
                        HOME, folder.resolve("intruder-" + System.nanoTime()), CLUSTER, 1, CONF + "\n" + more),
                node -> Reach.of(stack, itsSchema));
        if (!itsSchema.equals(schema)) {
            intruder.migrate(() -> false);
        }
        return intruder;
    }

    /** Of the database that all this is in. */
    String schema() {
        return schema;
    }

    /** Returns when every shard has a living owner, none has more than one above the others, and every node runs. */
    void awaitWhole() {
        Awaitility.await("all nodes run and share the shards evenly")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(200))
                .until(this::isWhole);
    }

    private boolean isWhole() {
        List<Long> counts = new ArrayList<>();
        for (String node : nodes.ids()) {
            counts.add(tables.number(
                    "SELECT COUNT(*) FROM shard_leases s JOIN node_leases n ON n.node = s.node"
                            + " WHERE s.node = ? AND n.denied = 0 AND n.lease_until > UTC_TIMESTAMP(6)",
                    node));
        }
        long sum = counts.stream().mapToLong(Long::longValue).sum();
        long least = counts.stream().mapToLong(Long::longValue).min().orElse(0);
        long most = counts.stream().mapToLong(Long::longValue).max().orElse(0);
        return nodes.dead().isEmpty() && sum == ClusterSettings.SHARDS && most - least <= 1;
    }

    /** How many shards others have taken over from a node since then, by this host's clock in milliseconds. */
    long takenOver(String node, long since) {
        return tables.number(
                "SELECT COUNT(*) FROM shard_epochs e JOIN shard_epochs before_it ON before_it.shard = e.shard"
                        + " AND before_it.epoch = e.epoch - 1 WHERE e.reason = 'TAKEOVER' AND before_it.node = ?"
                        + " AND e.granted_at >= FROM_UNIXTIME(? / 1000)",
                node,
                since);
    }

    /** The node that leads; waits for one. */
    String leader() {
        return Awaitility.await("a leader")
                .atMost(PATIENCE)
                .until(ensemble::leader, Optional::isPresent)
                .orElseThrow();
    }

    /** One of those that do not lead. */
    String follower(Random random) {
        List<String> others = new ArrayList<>(nodes.ids());
        others.remove(leader());
        return others.get(random.nextInt(others.size()));
    }

    /** Lets time pass while orders flow. */
    static void pass(Duration time) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(time.toNanos());
    }

    BreakableStack stack() {
        return stack;
    }

    WallClock clocks() {
        return clocks;
    }

    KillPoints killPoints() {
        return killPoints;
    }

    Network network() {
        return network;
    }

    Cluster nodes() {
        return nodes;
    }

    Merchant merchant() {
        return merchant;
    }

    Canary canary() {
        return canary;
    }

    Strangers strangers() {
        return strangers;
    }

    Tables tables() {
        return tables;
    }

    Load load() {
        return load;
    }

    Markers markers() {
        return markers;
    }

    Ensemble ensemble() {
        return ensemble;
    }

    ByHand byHand() {
        return byHand;
    }

    InFlight inFlight() {
        return inFlight;
    }

    Figures figures() {
        return figures;
    }

    /** What merchants heard of a notification. */
    Delivery heard(long notificationId) {
        return merchant.delivery(notificationId);
    }

    @Override
    public void close() throws Exception {
        try {
            byHand.close();
            nodes.close();
            load.close();
            inFlight.close();
        } finally {
            merchant.close();
            canary.close();
            strangers.close();
            network.close();
            stack.close();
        }
    }
}

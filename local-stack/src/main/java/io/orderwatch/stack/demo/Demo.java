package io.orderwatch.stack.demo;

import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackException;
import io.orderwatch.stack.cluster.Cluster;
import io.orderwatch.stack.cluster.ClusterSettings;
import io.orderwatch.stack.generator.Generator;
import io.orderwatch.stack.generator.GeneratorSettings;
import io.orderwatch.stack.generator.OrderBook;
import io.orderwatch.stack.generator.OrderBook.Progress;
import io.orderwatch.stack.generator.PlacedOrders;
import io.orderwatch.stack.merchant.Behaviour;
import io.orderwatch.stack.merchant.Merchant;
import java.io.PrintStream;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bin/demo.sh}: a cluster on this machine, fed, watched, checked and stopped. */
@Command(
        name = "bin/demo.sh",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Starts MariaDB, Redis, ZooKeeper, a cluster of Orderwatch nodes and merchants on this machine, lets orders"
                    + " flow, and compares what merchants heard with what was written.",
            "Options -Dstack=external -Dstack.jdbc=jdbc:mysql://HOST:PORT -Dstack.user=USER -Dstack.password=PASSWORD"
                    + " -Dstack.redis=redis://HOST:PORT -Dstack.zookeeper=HOST:PORT name servers that run already."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:All that was due arrived, once; or, where merchants refuse, is DEAD or waits for another try.",
            "1:Something was lost, duplicated or wrong.",
            "64:Wrong use of the command line.",
            "69:The cluster could not be started."
        })
public final class Demo implements Callable<Integer> {

    /** What merchants do who accept whatever reaches them. */
    private static final Set<Behaviour.Kind> ACCEPT_ALL =
            Set.of(Behaviour.Kind.OK, Behaviour.Kind.SLOW, Behaviour.Kind.DRIP);

    private static final int WRONG = 1;
    private static final int USAGE = 64;
    private static final int UNAVAILABLE = 69;

    /** So long after the last one that was due, one that comes twice shows itself. */
    private static final Duration LISTEN_FOR_DUPLICATES = Duration.ofSeconds(3);
    /** What is due and does not come any more is lost. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** The last retry comes after a minute. */
    private static final Duration PATIENCE_WITH_BAD_MERCHANTS = Duration.ofSeconds(120);

    private static final Duration GIVE_UP_EVERY = Duration.ofSeconds(5);
    private static final Duration LOOK_EVERY = Duration.ofMillis(200);

    private static final int WARM_UP_AT_MOST = 100_000;

    private final PrintStream out;
    private final InstantSource clock = InstantSource.system();
    private final CountDownLatch stop = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);

    @Spec
    private CommandSpec spec;

    @Option(names = "--nodes", defaultValue = "3", paramLabel = "N", description = "Nodes (${DEFAULT-VALUE}).")
    private int nodes;

    @Option(names = "--users", defaultValue = "2000", paramLabel = "N", description = "Users (${DEFAULT-VALUE}).")
    private int users;

    @Option(names = "--merchants", defaultValue = "20", paramLabel = "N", description = "Merchants (${DEFAULT-VALUE}).")
    private int merchants;

    @Option(
            names = "--rate",
            defaultValue = "200",
            paramLabel = "N",
            description = "New orders a second (${DEFAULT-VALUE}).")
    private int rate;

    @Option(
            names = "--seconds",
            defaultValue = "60",
            paramLabel = "N",
            description = "How long new orders come (${DEFAULT-VALUE}).")
    private int seconds;

    @Option(
            names = "--burst",
            defaultValue = "0",
            paramLabel = "N",
            description = "Instead: N orders that are paid at once.")
    private int burst;

    @Option(
            names = "--warm-up",
            defaultValue = "-1",
            paramLabel = "N",
            description = "Before a burst, so many orders that its rate leaves out: the nodes' JVMs have just been"
                    + " started (as many as the burst, but no more than 100000).")
    private int warmUp;

    @Option(
            names = "--bad-rows",
            defaultValue = "0",
            paramLabel = "N",
            description = "Orders among them that nobody can deal with (${DEFAULT-VALUE}).")
    private int badRows;

    @Option(
            names = "--behaviour",
            defaultValue = "ok",
            paramLabel = "WHAT",
            description = "What merchants do: ok, fail=500@0.1 (a tenth of the requests is answered 500), slow=300,"
                    + " hang, reset, drip, endless, redirect or word (${DEFAULT-VALUE}).")
    private String behaviour;

    @Option(names = "--keep", description = "Leaves the cluster up until Ctrl-C, and tells how to look at it.")
    private boolean keep;

    private Demo(PrintStream out) {
        this.out = out;
    }

    /** Runs the demo in this process, whose working folder is the project's. */
    public static void main(String[] arguments) {
        Demo demo = new Demo(System.out);
        CommandLine commandLine = new CommandLine(demo);
        commandLine.setParameterExceptionHandler((exception, given) -> {
            commandLine.getErr().println(exception.getMessage());
            commandLine.getErr().println("Try bin/demo.sh --help");
            return USAGE;
        });
        System.exit(commandLine.execute(arguments));
    }

    @Override
    public Integer call() throws InterruptedException {
        Behaviour merchantsDo = vet();
        Thread hook = new Thread(this::stopAndWait, "demo-stop");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            return run(merchantsDo);
        } catch (DemoException | StackException e) {
            out.println(e.getMessage());
            return UNAVAILABLE;
        } catch (SQLException e) {
            out.println("The database refused: " + e.getMessage());
            return UNAVAILABLE;
        } finally {
            ended.countDown();
        }
    }

    private Behaviour vet() {
        if (nodes < 1
                || nodes > 32
                || users < 1
                || merchants < 1
                || rate < 1
                || seconds < 1
                || burst < 0
                || badRows < 0) {
            throw new ParameterException(
                    spec.commandLine(),
                    "All figures must be at least 1, --burst and --bad-rows 0, --nodes at most 32.");
        }
        try {
            return Behaviour.parse(behaviour);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private int run(Behaviour merchantsDo) throws SQLException, InterruptedException {
        Path home = Path.of("").toAbsolutePath();
        OrderBook book = new OrderBook();
        say(
                "Orderwatch demo: %,d nodes, %,d users, %s. Files are in %s.",
                nodes,
                users,
                burst > 0
                        ? "%,d orders paid at once".formatted(burst)
                        : "%,d orders/s for %,d s".formatted(rate, seconds),
                home.resolve("target/demo"));
        try (DemoFolder folder = DemoFolder.take(home.resolve("target/demo"));
                Stack stack = Stack.start(folder.servers())) {
            String schema = stack.newSchema("orderwatch");
            try {
                show(stack, schema);
                return withCluster(new Setting(home, folder, stack, schema), merchantsDo, book);
            } finally {
                stack.dropSchema(schema);
            }
        }
    }

    private int withCluster(Setting setting, Behaviour merchantsDo, OrderBook book)
            throws SQLException, InterruptedException {
        Stack stack = setting.stack();
        String url = stack.jdbcUrl(setting.schema());
        GeneratorSettings settings = new GeneratorSettings(
                users, merchants, rate, Duration.ofSeconds(seconds), burst == 0, badRows, clock.millis());
        try (Merchant merchant = Merchant.start(0, Merchant::secretOf, clock, book::told);
                // a name of its own: servers that are not the demo's may know the cluster of an earlier one
                Cluster cluster = new Cluster(
                        new ClusterSettings(
                                setting.home(),
                                setting.folder().nodes(),
                                setting.schema().replace('_', '-'),
                                nodes,
                                more(merchantsDo)),
                        stack,
                        setting.schema())) {
            merchant.behave(merchantsDo);
            cluster.migrate(this::stopped);
            try (Generator generator = Generator.connect(url, stack.user(), stack.password(), settings, book, clock);
                    Census census = new Census(url, stack.user(), stack.password())) {
                if (stopped()) {
                    return WRONG;
                }
                generator.populate(merchant::address, Merchant::secretOf);
                if (!merchantsDo.equals(Behaviour.OK)) {
                    census.giveUpEvery(GIVE_UP_EVERY);
                }
                say("%-10s %,d at %s", "merchants", merchants, merchant.address(1));
                long start = System.nanoTime();
                cluster.start(this::stopped);
                if (stopped()) {
                    return WRONG;
                }
                say(
                        "%-10s %s are ready after %d s",
                        "nodes",
                        String.join(", ", cluster.ids()),
                        TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start));
                Watch watch = new Watch(out, book, merchant, census, cluster, patience(merchantsDo));
                Watch.End end = burst > 0 ? burst(generator, book, census, watch) : watch(generator::flow, watch);
                if (end == Watch.End.STOPPED) {
                    return WRONG;
                }
                if (end == Watch.End.OUT_OF_PATIENCE) {
                    say("Nothing more has come for %d s.", patience(merchantsDo).toSeconds());
                }
                Verdict verdict = verdict(merchant, book, census, merchantsDo);
                if (verdict.dead() > 0) {
                    say(
                            "%,d notifications are DEAD: they failed as often as their merchants' retry_delays allow, or"
                                    + " their merchants could not be called for too long. bin/retry-dead.sh has them"
                                    + " tried again.",
                            verdict.dead());
                }
                if (verdict.waiting() > 0) {
                    say("%,d notifications wait for another try.", verdict.waiting());
                }
                if (keep) {
                    tellHowToLook(setting, cluster, merchant);
                    tell(verdict, book);
                    stop.await();
                } else {
                    tell(verdict, book);
                }
                return verdict.good() ? 0 : WRONG;
            }
        }
    }

    private Watch.End burst(Generator generator, OrderBook book, Census census, Watch watch)
            throws SQLException, InterruptedException {
        int before = warmUp >= 0 ? warmUp : Math.min(burst, WARM_UP_AT_MOST);
        if (before > 0) {
            say("%-10s %,d orders first, which the rate leaves out", "warm-up", before);
            Watch.End end = payAtOnce(before, generator, census, watch);
            if (end != Watch.End.COMPLETE) {
                return end;
            }
        }
        say("%-10s %,d orders", "burst", burst);
        book.startMeasuring();
        return payAtOnce(burst, generator, census, watch);
    }

    /** The orders are there before, and known to the nodes: what is measured begins with the first payment. */
    private Watch.End payAtOnce(int count, Generator generator, Census census, Watch watch)
            throws SQLException, InterruptedException {
        PlacedOrders orders = generator.place(count, this::stopped);
        while (census.unseen() > 0) {
            if (stop.await(LOOK_EVERY.toNanos(), TimeUnit.NANOSECONDS)) {
                return Watch.End.STOPPED;
            }
        }
        return watch(stopped -> generator.pay(orders, stopped), watch);
    }

    /** What the generator does until it is done, or told to stop. */
    private interface Writing {
        void run(BooleanSupplier stopped) throws SQLException, InterruptedException;
    }

    private Watch.End watch(Writing orders, Watch watch) throws SQLException, InterruptedException {
        FutureTask<Void> writing = new FutureTask<>(() -> {
            orders.run(this::stopped);
            return null;
        });
        new Thread(writing, "generator").start();
        try {
            return watch.watch(writing, stop);
        } catch (SQLException | RuntimeException e) {
            // the generator must not write on into what is being closed
            stop.countDown();
            throw e;
        }
    }

    private Verdict verdict(Merchant merchant, OrderBook book, Census census, Behaviour merchantsDo)
            throws SQLException, InterruptedException {
        TimeUnit.NANOSECONDS.sleep(LISTEN_FOR_DUPLICATES.toNanos());
        return new Verdict(
                book.tally(),
                merchant.stats(),
                book.paidToAnswered(0.5),
                book.paidToAnswered(0.99),
                census.unpaidAndOpen(),
                census.paidAndCancelled(),
                census.setAside(),
                burst > 0 ? 0 : badRows,
                census.dead(),
                ACCEPT_ALL.contains(merchantsDo.kind()) ? 0 : census.waiting());
    }

    /** Where merchants misbehave, what takes minutes and days otherwise is to be seen while somebody looks. */
    private static String more(Behaviour merchantsDo) {
        return merchantsDo.equals(Behaviour.OK)
                ? ""
                : "breaker { open-for = 20 s, hold-back = 5 s, give-up-after = 1 m }\n";
    }

    private void tell(Verdict verdict, OrderBook book) {
        Progress progress = book.progress();
        say(
                "checked    %,d orders written, %,d of them paid, all users on; merchants were to hear of %,d events and"
                        + " heard of %,d, %,d of them cancellations",
                progress.written(),
                progress.paid(),
                verdict.tally().due(),
                verdict.tally().told(),
                progress.cancelled());
        verdict.complaints().forEach(complaint -> say("wrong      %s", complaint));
        if (verdict.tally().missing() > 0) {
            say("           Order %d is one of those not told of.", book.anyMissing());
        }
        if (verdict.tally().wrong() > 0) {
            say("           Order %d is one of those told of wrongly.", book.anyWrong());
        }
        if (burst > 0) {
            say(
                    "burst=%d ms=%d rate_per_s=%.0f",
                    burst, verdict.tally().lastToldAt() - verdict.tally().firstPaidAt(), verdict.ratePerSecond());
        }
        out.println(verdict.lastLine());
    }

    private void show(Stack stack, String schema) {
        Map<String, String> versions = stack.versions();
        say("%-10s %s, %s", "database", versions.get("database"), stack.jdbcUrl(schema));
        say("%-10s %s, %s", "redis", versions.get("redis"), stack.redisUri());
        say("%-10s %s, %s", "zookeeper", versions.get("zookeeper"), stack.zookeeperConnect());
    }

    private void tellHowToLook(Setting setting, Cluster cluster, Merchant merchant) {
        String conf =
                setting.home().relativize(cluster.conf(cluster.ids().get(0))).toString();
        out.println();
        say("The cluster stays up until Ctrl-C.");
        say("  status   bin/status.sh --conf %s", conf);
        say("  logs     %s", setting.folder().logs());
        cluster.jmxAddresses().forEach(address -> say("  jmx      %s", address));
        say("  sql      %s", setting.stack().sqlClient(setting.schema()));
        say("  toggle   UPDATE users SET status = 0 WHERE id = 7;   -- and 1 to let the user's orders go on");
        say("  order    INSERT INTO orders (order_no, user_id, merchant_id, status) VALUES ('MINE-1', 7, 1, 'PAID');");
        say("  merchant curl %s", merchant.address().resolve("/stats/1"));
        say("  failing  curl -d fail=500@0.5 %s", merchant.address().resolve("/behaviour/1"));
        out.println();
    }

    private boolean stopped() {
        return stop.getCount() == 0;
    }

    /** Ctrl-C: what runs is asked to end, and the process waits for it. */
    private void stopAndWait() {
        stop.countDown();
        try {
            ended.await(90, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            // the guards end what is left
            Thread.currentThread().interrupt();
        }
    }

    private void say(String format, Object... arguments) {
        out.println(String.format(Locale.ROOT, format, arguments));
    }

    private static Duration patience(Behaviour merchantsDo) {
        return merchantsDo.equals(Behaviour.OK) ? PATIENCE : PATIENCE_WITH_BAD_MERCHANTS;
    }

    private record Setting(Path home, DemoFolder folder, Stack stack, String schema) {}
}

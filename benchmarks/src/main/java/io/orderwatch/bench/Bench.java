package io.orderwatch.bench;

import io.orderwatch.dao.Database;
import io.orderwatch.dao.notification.DueNotification;
import io.orderwatch.dao.notification.NewNotification;
import io.orderwatch.dao.notification.NotificationStore;
import io.orderwatch.dao.order.OrderState;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.merchant.Behaviour;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;

/** Measures, and prints a table: see {@code bin/bench.sh --help}. */
public final class Bench {

    private static final int MERCHANTS = 1_000;
    private static final int MOST_ROUNDS = 8;
    private static final int TURNS = 3;
    /** Of (e): so many of each backlog are told while the clock runs. */
    private static final int TOLD = 40_000;
    /** Till all stops some thousand more are told, and ten thousand or so are left. */
    private static final int FEW_WAITING = TOLD + 15_000;

    private static final int LEAST_WAITING = 2 * FEW_WAITING;
    /** Of (e): of what is left then. */
    private static final int CLAIMED = 5_000;

    private static final int TURNS_OF_WAITING = 9;
    /** Of (d), whose p99 is that of four of its four hundred ticks: more of them, since one pause of the host moves it. */
    private static final int TURNS_BESIDE = 5;

    private static final int TURNS_OF_MANY = 5;
    private static final int MANY_IN_FLIGHT = 1_000;
    private static final Duration SLOW = Duration.ofMillis(50);
    /** More than what is claimed at a time and what is looked up at a time. */
    private static final int STILL_WAITING = 10_000;

    private static final String CHANGED = "(a) changed order to merchant answered";
    private static final String FROM_WAITING = "(b) waiting notification to merchant answered";
    /** Of the time of a round, half of which is for making its tables. */
    private static final double COMPILER_RESTS = 0.1;

    private static final long PATIENCE_NANOS = 240_000_000_000L;

    private final List<String> lines = new ArrayList<>();
    private final int count;
    private final int waiting;
    /** Megabytes, the most of all turns. */
    private double heapWithMany;

    private Bench(int count, int waiting) {
        this.count = count;
        this.waiting = waiting;
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, String> options = new TreeMap<>();
        for (String argument : arguments) {
            String[] pair = argument.split("=", 2);
            options.put(pair[0], pair.length == 2 ? pair[1] : "");
        }
        if (!Set.of("--orders", "--waiting", "--only", "--alone").containsAll(options.keySet())) {
            System.out.println("bin/bench.sh [--orders=100000] [--waiting=1000000] [--only=abcde] [--alone]");
            System.out.println("  --waiting: " + LEAST_WAITING + " at least");
            System.out.println("  --alone: (a) and (b) without the peer and the limits that they are compared with");
            System.exit(options.containsKey("--help") ? 0 : 64);
        }
        if (Integer.parseInt(options.getOrDefault("--waiting", "1000000")) < LEAST_WAITING) {
            System.err.println("--waiting: " + LEAST_WAITING + " at least");
            System.exit(64);
        }
        Bench bench = new Bench(
                Integer.parseInt(options.getOrDefault("--orders", "100000")),
                Integer.parseInt(options.getOrDefault("--waiting", "1000000")));
        String only = options.getOrDefault("--only", "abcde");
        try (Stack stack = Stack.start()) {
            System.out.println(stack.versions());
            if (options.containsKey("--alone")) {
                bench.alone(stack, only);
            } else if (only.contains("a") || only.contains("b")) {
                bench.besideThePeer(stack);
            }
            if (only.contains("c")) {
                bench.slowButMany(stack);
            }
            if (only.contains("d")) {
                bench.everyTenthHangs(stack);
            }
            if (only.contains("e")) {
                bench.millionWaiting(stack);
            }
        }
        System.out.println();
        bench.lines.forEach(System.out::println);
        System.exit(0);
    }

    /**
     * (a) and (b) beside the peer and the parts' limits: each is warmed up, and then all are measured in turn, since the
     * machine may be faster now than a minute ago. The ratios are medians of those of each turn.
     */
    private void besideThePeer(Stack stack) throws Exception {
        Round peer = () -> peer(stack);
        Round limits = () -> serialSum(stack);
        Round changed = () -> changedToAnswered(stack);
        Round fromWaiting = () -> waitingToAnswered(stack);
        warmed("peer", peer);
        warmed("limits", limits);
        warmed("(a)", changed);
        warmed("(b)", fromWaiting);
        List<Turn> turns = new ArrayList<>();
        for (int number = 1; number <= TURNS; number++) {
            Turn turn = new Turn(
                    peer.run().rate(),
                    limits.run().rate(),
                    changed.run().rate(),
                    fromWaiting.run().rate());
            turns.add(turn);
            System.out.printf(
                    Locale.ROOT,
                    "turn %d: peer %,.0f/s, limits %,.0f/s, (a) %,.0f/s, (b) %,.0f/s%n",
                    number,
                    turn.peer,
                    turn.limits,
                    turn.changed,
                    turn.fromWaiting);
        }
        line("peer: db-scheduler, just the HTTP call", median(turns, Turn::peer), "/s");
        line("serial sum of the limits of the parts", median(turns, Turn::limits), "/s");
        line(CHANGED, median(turns, Turn::changed), "/s");
        line("    against the peer (goal 4)", median(turns, turn -> turn.changed / turn.peer), "times");
        line("    against the serial sum (goal 1.0)", median(turns, turn -> turn.changed / turn.limits), "times");
        line(FROM_WAITING, median(turns, Turn::fromWaiting), "/s");
        line("    against the peer (goal 5)", median(turns, turn -> turn.fromWaiting / turn.peer), "times");
    }

    /** Rates, in a second, that were measured one after the other. */
    private record Turn(double peer, double limits, double changed, double fromWaiting) {}

    private static <T> double median(List<T> turns, ToDoubleFunction<T> figure) {
        double[] sorted = turns.stream().mapToDouble(figure).sorted().toArray();
        return sorted[sorted.length / 2];
    }

    private void alone(Stack stack, String only) throws Exception {
        if (only.contains("a")) {
            line(CHANGED, warmed("(a)", () -> changedToAnswered(stack)).rate(), "/s");
        }
        if (only.contains("b")) {
            line(FROM_WAITING, warmed("(b)", () -> waitingToAnswered(stack)).rate(), "/s");
        }
    }

    private interface Round {

        Measured run() throws Exception;
    }

    /**
     * What a round came to.
     *
     * @param rate things done in a second
     * @param busy part of all processors' time that our processes took, up to 1; 0 where it was not looked at
     */
    private record Measured(double rate, double busy) {}

    /**
     * The first round in which the compiler rests: it takes half of the processor time of those before. For the peer as for
     * the engine and the limits; each round has tables of its own, in which all that is to be done is due when the clock
     * starts.
     */
    private static Measured warmed(String what, Round round) throws Exception {
        CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
        double share = 1;
        Measured measured = new Measured(0, 0);
        for (int i = 0; i < MOST_ROUNDS && share > COMPILER_RESTS; i++) {
            long compiled = compiler.getTotalCompilationTime();
            long start = System.nanoTime();
            measured = round.run();
            share = (compiler.getTotalCompilationTime() - compiled) / ((System.nanoTime() - start) / 1e6);
            System.out.printf(
                    Locale.ROOT,
                    "%s %,.0f/s, while the compiler worked %.0f %% of the time%n",
                    what,
                    measured.rate(),
                    100 * share);
        }
        if (share > COMPILER_RESTS) {
            System.out.println(what + " the compiler never rested: the rate is too low");
        }
        return measured;
    }

    private Measured peer(Stack stack) throws Exception {
        try (World world = new World(stack, MERCHANTS)) {
            return new Measured(new Peer(world).run(count / 2, MERCHANTS), 0);
        }
    }

    private Measured serialSum(Stack stack) throws Exception {
        try (World world = new World(stack, MERCHANTS)) {
            Limits limits = new Limits(world);
            double scan = limits.scan(count / 2, MERCHANTS);
            double claim = limits.claimAndRecord(count / 2);
            double locks = limits.locks(count);
            double post = limits.post(count / 2, MERCHANTS);
            System.out.printf(
                    Locale.ROOT,
                    "limits: scan %,.0f/s; claim, attempt and result %,.0f/s; locks %,.0f/s; POST %,.0f/s%n",
                    scan,
                    claim,
                    locks,
                    post);
            return new Measured(1 / (1 / scan + 1 / claim + 1 / locks + 1 / post), 0);
        }
    }

    private Measured changedToAnswered(Stack stack) throws Exception {
        try (World world = new World(stack, MERCHANTS);
                Engine engine = new Engine(world, 200)) {
            world.orders(count, MERCHANTS);
            world.pay();
            return answered("(a)", world, engine);
        }
    }

    private Measured waitingToAnswered(Stack stack) throws Exception {
        return waitingToAnswered("(b)", stack, 200, count, Behaviour.OK);
    }

    /** Of so many that wait, the first {@link #count}. */
    private Measured waitingToAnswered(String what, Stack stack, int inFlight, int backlog, Behaviour behaviour)
            throws Exception {
        try (World world = new World(stack, MERCHANTS);
                Engine engine = new Engine(world, inFlight)) {
            world.merchants().behave(behaviour);
            world.notifications(16_000_001L, backlog, 1, MERCHANTS);
            return answered(what, world, engine);
        }
    }

    /**
     * From its first look for work to the last answer that counts, told by the merchants: asking the table would be the
     * work that is measured. A node is connected long before. The peer's clock begins a little earlier, when it starts its
     * threads; its pool is connected and its client is made by then.
     */
    private Measured answered(String what, World world, Engine engine) {
        engine.open();
        Spent before = Spent.now();
        long start = System.nanoTime();
        engine.startSweeping();
        await(what, () -> count - world.merchants().stats().accepted());
        double seconds = (System.nanoTime() - start) / 1e9;
        Spent after = Spent.now();
        double busy =
                after.secondsSince(before) / seconds / Runtime.getRuntime().availableProcessors();
        System.out.printf(
                Locale.ROOT,
                "%s processors busy %.1f %%, seconds for 10,000: %s%n",
                what,
                100 * busy,
                after.since(before, count));
        return new Measured(count / seconds, busy);
    }

    /**
     * (c): what limits is concurrency, or the processors, and nothing else. With all of them busy all the time it would be
     * as much faster as they are idle now. How much dearer the work itself is than with merchants that answer at once is
     * another thing, and told beside it. The clock stops while there is still enough for a thousand to be under way.
     */
    private void slowButMany(Stack stack) throws Exception {
        int backlog = count + STILL_WAITING;
        Behaviour slowly = Behaviour.parse("slow=" + SLOW.toMillis());
        Round atOnce = () -> waitingToAnswered("(c) at once", stack, MANY_IN_FLIGHT, backlog, Behaviour.OK);
        Round slow = () -> waitingToAnswered("(c) 50 ms", stack, MANY_IN_FLIGHT, backlog, slowly);
        double concurrency = MANY_IN_FLIGHT * 1e3 / SLOW.toMillis();
        warmed("(c) at once", atOnce);
        warmed("(c) 50 ms", slow);
        List<Many> turns = new ArrayList<>();
        for (int number = 1; number <= TURNS_OF_MANY; number++) {
            double quick = atOnce.run().rate();
            Measured measured = slow.run();
            Many turn = new Many(measured.rate(), Math.min(concurrency, measured.rate() / measured.busy()), quick);
            turns.add(turn);
            System.out.printf(
                    Locale.ROOT,
                    "(c) turn %d: %,.0f/s, limit %,.0f/s, at once %,.0f/s%n",
                    number,
                    turn.rate,
                    turn.limit,
                    turn.atOnce);
        }
        line(
                "(c) first " + count + " of " + backlog + " to 50 ms merchants, 1,000 in flight",
                median(turns, Many::rate),
                "/s");
        line("    limit of the concurrency, if processors were free", concurrency, "/s");
        line("    lesser limit: that, or of processors that are never idle", median(turns, Many::limit), "/s");
        line("    against the lesser limit (goal 0.9)", median(turns, turn -> turn.rate / turn.limit), "times");
        line("    against merchants that answer at once", median(turns, turn -> turn.rate / turn.atOnce), "times");
    }

    /**
     * A turn of (c). Where the processors are the lesser limit, the rate against it is how busy they are; what they are busy
     * with is told by the rate against that of merchants who answer at once.
     *
     * @param rate answers in a second
     * @param limit of the concurrency, or the rate at which no processor would ever be idle
     * @param atOnce the rate where merchants answer at once
     */
    private record Many(double rate, double limit, double atOnce) {}

    /**
     * (d): nine tenths of the backlog are for merchants that hang. One turn of both is not counted: whoever comes first
     * would pay for a compiler that has just begun.
     */
    private void everyTenthHangs(Stack stack) throws Exception {
        List<Pair> turns = alternately(
                "(d)",
                TURNS_BESIDE,
                "%,.0f ms undisturbed, %,.0f ms beside those that hang",
                () -> healthyP99(stack, false),
                () -> healthyP99(stack, true));
        line("(d) healthy merchants' p99, undisturbed", median(turns, Pair::usual), "ms");
        line("    while every tenth hangs with nine tenths of the backlog", median(turns, Pair::hard), "ms");
        line("    ratio (goal 1.2)", median(turns, Pair::ratio), "times");
    }

    /** The same figure of a usual world and of a hard one, of one turn. */
    private record Pair(double usual, double hard) {

        double ratio() {
            return hard / usual;
        }
    }

    private interface Figure {

        double measure() throws Exception;
    }

    /** Measures both in turns, of which the first is not counted; either comes first in every other one. */
    private static List<Pair> alternately(String what, int count, String words, Figure usual, Figure hard)
            throws Exception {
        List<Pair> turns = new ArrayList<>();
        for (int number = 0; number <= count; number++) {
            boolean hardFirst = number % 2 == 1;
            double one = (hardFirst ? hard : usual).measure();
            double other = (hardFirst ? usual : hard).measure();
            Pair turn = hardFirst ? new Pair(other, one) : new Pair(one, other);
            System.out.printf(
                    Locale.ROOT,
                    "%s turn %d%s: " + words + "%n",
                    what,
                    number,
                    number == 0 ? ", not counted" : "",
                    turn.usual,
                    turn.hard);
            if (number > 0) {
                turns.add(turn);
            }
        }
        return turns;
    }

    private double healthyP99(Stack stack, boolean hanging) throws Exception {
        int perSecond = 400;
        int seconds = 25;
        try (World world = new World(stack, MERCHANTS)) {
            if (hanging) {
                for (long merchant = 10; merchant <= MERCHANTS; merchant += 10) {
                    world.merchants().behave(merchant, Behaviour.parse("hang"));
                }
                for (int merchant = 10; merchant <= MERCHANTS; merchant += 10) {
                    world.notifications(
                            16_000_001L + merchant * 16_000_000L, 9 * perSecond * seconds / 100, merchant, 1);
                }
            }
            NotificationStore notifications = new NotificationStore();
            // made once: it reads all mappers, which would take a third of a core from both sides
            Database database = world.database();
            Map<Long, Long> created = new TreeMap<>();
            try (Engine engine = new Engine(world, 2_000)) {
                engine.open();
                engine.startSweeping();
                long id = 8_000_000_000_001L;
                int merchant = 0;
                long start = System.nanoTime();
                for (int tick = 0; tick < seconds * 20; tick++) {
                    List<NewNotification> rows = new ArrayList<>();
                    List<DueNotification> due = new ArrayList<>();
                    for (int i = 0; i < perSecond / 20; i++) {
                        merchant = merchant % MERCHANTS + 1;
                        if (merchant % 10 == 0) {
                            continue;
                        }
                        long user = 1 + id / 16 % 5_000;
                        rows.add(new NewNotification(id, 1, user, null, null, merchant, 0, OrderState.PAID, "{}"));
                        due.add(new DueNotification(id, merchant, (int) (user % World.SHARDS)));
                        id += 16;
                    }
                    long now = System.currentTimeMillis();
                    if (tick >= seconds * 4) {
                        rows.forEach(row -> created.put(row.id(), now));
                    }
                    database.run(tx -> notifications.create(tx, rows));
                    engine.delivery().offer(due);
                    long sleep = start + (tick + 1) * 50_000_000L - System.nanoTime();
                    if (sleep > 0) {
                        Thread.sleep(sleep / 1_000_000);
                    }
                }
                await("(d)", () -> created.keySet().stream()
                        .filter(one -> !world.accepted().containsKey(one))
                        .count());
            }
            long[] took = created.entrySet().stream()
                    .mapToLong(each -> world.accepted().get(each.getKey()) - each.getValue())
                    .sorted()
                    .toArray();
            return Math.max(1, took[(int) (took.length * 0.99)]);
        }
    }

    /**
     * (e): a backlog costs what is taken of it. The few wait in a table as large as that of the many, among what was told
     * before, as they do in a cluster that has worked for a day. The many are compared with the few just before and just
     * after them; how far these differ from each other is what the machine does. None is measured to its end, where queues
     * run dry. What few cost in a table of their own, where all that is done to a row goes through trees of one level less,
     * is measured for itself, and is no matter of what waits.
     */
    private void millionWaiting(Stack stack) throws Exception {
        int told = waiting - FEW_WAITING;
        warmed("(e)", () -> new Measured(claiming(stack, told, FEW_WAITING).told, 0));
        claiming(stack, 0, waiting);
        List<Between> turns = new ArrayList<>();
        Claiming few = claiming(stack, told, FEW_WAITING);
        for (int number = 1; number <= TURNS_OF_WAITING; number++) {
            Claiming many = claiming(stack, 0, waiting);
            Between turn = new Between(few, many, claiming(stack, told, FEW_WAITING));
            turns.add(turn);
            few = turn.after;
            System.out.printf(
                    Locale.ROOT,
                    "(e) turn %d: told %,.0f/s of few, %,.0f/s of many, %,.0f/s of few; claims %,.0f/s, %,.0f/s, %,.0f/s%n",
                    number,
                    turn.before.told,
                    turn.many.told,
                    turn.after.told,
                    turn.before.claims,
                    turn.many.claims,
                    turn.after.claims);
        }
        List<Claiming> alone = new ArrayList<>();
        for (int number = 1; number <= TURNS; number++) {
            alone.add(claiming(stack, 0, FEW_WAITING));
        }
        String first = "first " + TOLD + " answered of ";
        line("(e) " + first + FEW_WAITING + " waiting, " + told + " told", between(turns, Claiming::told), "/s");
        line("    " + first + waiting + " waiting", median(turns, turn -> turn.many.told), "/s");
        line("    ratio (goal 1.0)", median(turns, turn -> turn.ratio(Claiming::told)), "times");
        line("    the same few twice, slower to faster", median(turns, turn -> turn.same(Claiming::told)), "times");
        line("    " + first + FEW_WAITING + " waiting, none told", median(alone, Claiming::told), "/s");
        line("    claims alone, the few that are left", between(turns, Claiming::claims), "/s");
        line("    claims alone, the many that are left", median(turns, turn -> turn.many.claims), "/s");
        line("    ratio (goal 1.0)", median(turns, turn -> turn.ratio(Claiming::claims)), "times");
        line("    the same few twice, slower to faster", median(turns, turn -> turn.same(Claiming::claims)), "times");
        line("    heap with that many, after a collection, merchants and all (goal 256)", heapWithMany, "MB");
    }

    private static double between(List<Between> turns, ToDoubleFunction<Claiming> rate) {
        return median(turns, turn -> turn.few(rate));
    }

    /**
     * Rates, in a second.
     *
     * @param told of the first of what waits, from its look-up to the merchant's answer
     * @param claims of what is left then, by one thread that does nothing else
     */
    private record Claiming(double told, double claims) {}

    /** The many, and the few just before and just after them. */
    private record Between(Claiming before, Claiming many, Claiming after) {

        double few(ToDoubleFunction<Claiming> rate) {
            return (rate.applyAsDouble(before) + rate.applyAsDouble(after)) / 2;
        }

        double ratio(ToDoubleFunction<Claiming> rate) {
            return rate.applyAsDouble(many) / few(rate);
        }

        double same(ToDoubleFunction<Claiming> rate) {
            double one = rate.applyAsDouble(before);
            double other = rate.applyAsDouble(after);
            return Math.min(one, other) / Math.max(one, other);
        }
    }

    /** In a table that holds so many that were told before. */
    private Claiming claiming(Stack stack, int told, int backlog) throws Exception {
        try (World world = new World(stack, MERCHANTS)) {
            world.told(16_000_001L, told, 1, MERCHANTS);
            world.notifications(16_000_001L + 16L * told, backlog, 1, MERCHANTS);
            double rate = telling(world, backlog == waiting);
            return new Claiming(rate, new Limits(world).claim(CLAIMED));
        }
    }

    private double telling(World world, boolean many) throws Exception {
        try (Engine engine = new Engine(world, 200)) {
            engine.open();
            long start = System.nanoTime();
            engine.startSweeping();
            await("(e)", () -> TOLD - world.merchants().stats().accepted());
            double rate = world.merchants().stats().accepted() / ((System.nanoTime() - start) / 1e9);
            if (many) {
                System.gc();
                long used =
                        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
                heapWithMany = Math.max(heapWithMany, used / 1024.0 / 1024);
            }
            return rate;
        }
    }

    private static void await(String what, LongSupplier left) {
        long end = System.nanoTime() + PATIENCE_NANOS;
        long pause = 20;
        for (long now = left.getAsLong(); now > 0; now = left.getAsLong()) {
            if (System.nanoTime() - end > 0) {
                throw new IllegalStateException(
                        what + ": " + now + " are left after " + PATIENCE_NANOS / 1_000_000_000 + " s");
            }
            try {
                Thread.sleep(pause);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    private void line(String what, double figure, String unit) {
        String line = String.format(Locale.ROOT, "%-62s %,12.2f %s", what, figure, unit);
        lines.add(line);
        System.out.println(line);
    }
}

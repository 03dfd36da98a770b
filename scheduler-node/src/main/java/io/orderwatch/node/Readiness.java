package io.orderwatch.node;

import io.orderwatch.job.Ticker;
import io.orderwatch.job.order.OrderScanJob;
import io.orderwatch.node.cli.StateFile;
import io.orderwatch.node.config.NodeConfig;
import io.orderwatch.node.lock.RedissonLocks;
import io.orderwatch.node.quartz.ClusteredScheduler;
import io.orderwatch.node.shard.ShardStatus;
import io.orderwatch.node.shard.Shards;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Brings the node up step by step, however long a server is away, and says how far it is. Owns one thread,
 * {@code orderwatch-readiness}.
 */
final class Readiness {

    private static final Logger LOG = LoggerFactory.getLogger(Readiness.class);
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final Duration SOON = Duration.ofMillis(20);
    /** For shards to come that were asked for. */
    private static final Duration GRANTS = Duration.ofSeconds(3);
    /** By then a JVM under load has come across most of what it has to load and to compile. */
    private static final Duration WARM_UP = Duration.ofSeconds(3);

    private static final String WARMS_UP = "It warms up with a few shards before it takes its share.";
    private static final Duration FIRST_WAIT = Duration.ofMillis(250);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

    private final NodeConfig config;
    private final StateFile state;
    private final SchemaCheck schema;
    private final Shards shards;
    private final ClusteredScheduler scheduler;
    private final RedissonLocks locks;
    private final ClockWatch clocks;
    private final Complaints complaints;
    private final Ticker ticker;

    private final Thread thread = new Thread(this::run, "orderwatch-readiness");
    private volatile boolean stopping;
    private volatile boolean draining;
    private volatile boolean joined;
    private boolean ready;
    private boolean takesShards;
    private long warmsUpSince;
    private boolean warm;
    private boolean drained;
    private boolean redisAnswered;
    private @Nullable Runnable join;
    private @Nullable Runnable schedule;

    Readiness(
            NodeConfig config,
            StateFile state,
            SchemaCheck schema,
            Shards shards,
            ClusteredScheduler scheduler,
            RedissonLocks locks,
            ClockWatch clocks,
            Ticker ticker) {
        this.config = config;
        this.state = state;
        this.schema = schema;
        this.shards = shards;
        this.scheduler = scheduler;
        this.locks = locks;
        this.clocks = clocks;
        this.complaints = new Complaints(ticker);
        this.ticker = ticker;
    }

    /**
     * @param join called once, as soon as the schema is in order; shards are taken only when the jobs are scheduled
     * @param schedule called once after that, as soon as the node holds its id
     */
    void start(Runnable join, Runnable schedule) {
        this.join = join;
        this.schedule = schedule;
        thread.start();
    }

    /** Whether the node takes part in the cluster. */
    boolean joined() {
        return joined;
    }

    void drain() {
        draining = true;
    }

    void resume() {
        draining = false;
    }

    /** Ends the thread; how far the node is, is said by who stops it from here on. */
    void stop() throws InterruptedException {
        stopping = true;
        thread.interrupt();
        thread.join();
        if (joined) {
            lookOnceMore();
            state.draining(shards.shards());
        }
    }

    private void run() {
        try {
            waitForSchema();
            clocks.look(); // before anything is signed or dated
            if (join != null) {
                join.run();
            }
            joined = true;
            awaitId();
            while (!stopping) {
                try {
                    step();
                } catch (RuntimeException e) {
                    LOG.error("Readiness failed, and looks again", e);
                }
                Thread.sleep(LOOK.toMillis());
            }
        } catch (InterruptedException e) {
            if (!stopping) {
                LOG.error("Readiness was interrupted by somebody else, and no longer says how far the node is");
            }
        }
    }

    private void step() throws InterruptedException {
        Runnable due = schedule;
        if (due != null && shards.joined()) {
            schedule = null;
            due.run();
        }
        ready = ready || scheduler.ready();
        if (draining && !drained) {
            lookOnceMore();
            takesShards = false;
            state.draining(shards.shards());
            drained = shards.drain(LOOK);
        } else if (!draining && !takesShards && ready && shards.membership().connected()) {
            takesShards = true;
            drained = false;
            takeShards();
        } else if (takesShards && !warm && ticker.nanos() - warmsUpSince > WARM_UP.toNanos()) {
            warm = true;
            takeShards();
        }
        clocks.look();
        say();
    }

    /**
     * A few at first; a node that drained for a while is as warm as it was. Waits until it has them, which most often
     * takes a moment: who says that it is ready says what it owns. There may be nothing to get, though.
     */
    private void takeShards() throws InterruptedException {
        if (warm) {
            shards.takeShare();
            await(() -> draining || shards.hasItsShare(), GRANTS);
        } else {
            shards.warmUp();
            await(() -> draining || !shards.shards().isEmpty(), GRANTS);
            warmsUpSince = ticker.nanos();
            if (shards.warmsUp()) {
                LOG.info(
                        "Node {} warms up with a few shards before it takes its share",
                        config.node().id());
            }
        }
    }

    /**
     * As its shards are about to be handed over: between our last look for orders and the new owner's first nobody looks,
     * and ours may be as long ago as the job's interval. Where it comes too late nothing is lost but that.
     */
    private void lookOnceMore() {
        if (takesShards) {
            scheduler.wake(OrderScanJob.NAME);
        }
    }

    /** Most often a moment, and the sooner its jobs are scheduled the sooner it takes shards. */
    private void awaitId() throws InterruptedException {
        await(shards::joined, LOOK);
    }

    private static void await(BooleanSupplier condition, Duration most) throws InterruptedException {
        for (Duration waited = Duration.ZERO;
                !condition.getAsBoolean() && waited.compareTo(most) < 0;
                waited = waited.plus(SOON)) {
            Thread.sleep(SOON.toMillis());
        }
    }

    private void waitForSchema() throws InterruptedException {
        Duration wait = FIRST_WAIT;
        for (Optional<String> trouble = schema.trouble(); trouble.isPresent(); trouble = schema.trouble()) {
            sayOnce(List.of(trouble.get()), false);
            Thread.sleep(ThreadLocalRandom.current().nextLong(wait.toMillis() / 2, wait.toMillis()));
            wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) < 0 ? wait.multipliedBy(2) : LONGEST_WAIT;
        }
    }

    private void say() {
        if (draining) {
            if (drained) {
                state.drained();
            }
            return;
        }
        List<String> reasons = new ArrayList<>();
        ShardStatus status = shards.status();
        if (!status.ready()) {
            reasons.add(status.sentence() + ".");
        } else if (!scheduler.ready()) {
            reasons.add("The jobs are not scheduled yet.");
        } else if (!takesShards) {
            reasons.add("It is about to take shards.");
        }
        // only at the start: once it is known to be right, the node does without it
        redisAnswered = redisAnswered || locks.reachable();
        if (!redisAnswered) {
            reasons.add("Redis at " + config.redis().server()
                    + " does not answer; notifications are sent on their claims alone until it does.");
        }
        if (reasons.isEmpty() && shards.warmsUp()) {
            state.waiting(List.of(WARMS_UP));
        } else if (reasons.isEmpty()) {
            complaints.none();
            String clock = clocks.trouble();
            state.ready(shards.shards(), clock == null ? List.of() : List.of(clock));
        } else {
            sayOnce(reasons, true);
        }
    }

    private void sayOnce(List<String> reasons, boolean passing) {
        state.waiting(reasons);
        Level level = complaints.about(reasons, passing);
        if (level != null) {
            LOG.atLevel(level).log("Node {} is not ready: {}", config.node().id(), String.join(" ", reasons));
        }
    }
}

package io.orderwatch.node.breaker;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import io.orderwatch.dao.notification.BreakerChange;
import io.orderwatch.dao.notification.BreakerState;
import io.orderwatch.job.Ticker;
import io.orderwatch.job.notification.Breakers;
import io.orderwatch.node.lock.RedisSettings;
import io.orderwatch.node.lock.RedissonClientFactory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.redisson.api.RedissonClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The breakers that the cluster shares in Redis. Sending never waits for them: what a call came to is added up here, and a
 * thread of its own ({@code breaker-reports}) reports it, failures at once and successes every half second, many endpoints
 * in one round trip; with the same beat it learns what other nodes' reports changed. A healthy endpoint is known to no
 * node but by its count, and costs a line in such a report.
 *
 * <p>While Redis is away each endpoint that fails has a breaker of this node's own. What was open stays so until its time
 * is over, and what opens meanwhile is told to the cluster when Redis is back.
 */
public final class RedisBreakers implements Breakers, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RedisBreakers.class);
    private static final Duration END_OF_THREAD = Duration.ofSeconds(5);
    private static final Duration ASK_AGAIN = Duration.ofSeconds(1);
    /** Endpoints in one call: Redis does nothing else meanwhile. */
    private static final int PER_CALL = 100;
    /** Of passes that a breaker of this node's own gave. */
    private static final long LOCAL = -1;

    private final BreakerStore store;
    private final BreakerSettings settings;
    private final String node;
    private final Consumer<BreakerChange> changes;
    private final InstantSource clock;
    private final Ticker ticker;
    private final Runnable shutdown;
    private final Thread thread = new Thread(this::run, "breaker-reports");

    private final Map<Long, View> views = new ConcurrentHashMap<>();
    private final Map<Long, Tally> tallies = new ConcurrentHashMap<>();
    /** Endpoints whose time is over and that somebody has something for. */
    private final Map<Long, View> wanted = new ConcurrentHashMap<>();

    private final Map<Long, LocalBreaker> locals = new ConcurrentHashMap<>();
    private final Map<Long, Long> localMerchants = new ConcurrentHashMap<>();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition urgent = lock.newCondition();
    private volatile boolean hurry;
    private volatile boolean away;
    private volatile boolean stopped;
    private volatile LongConsumer listener = merchantId -> {};
    private long knownUntil;

    /**
     * @param cluster name that keeps the keys of several installations apart
     * @param node id of this node
     * @param timeout longest wait for an answer of Redis
     * @param changes is told of every change that this node learns of, others may tell the same; must not wait
     * @param clock the cluster's: what this node's own breakers did is numbered by it
     * @param shutdown called when this is closed
     */
    public RedisBreakers(
            RedissonClient redisson,
            String cluster,
            String node,
            BreakerSettings settings,
            Duration timeout,
            Consumer<BreakerChange> changes,
            MetricRegistry registry,
            InstantSource clock,
            Ticker ticker,
            Runnable shutdown) {
        this.store = new BreakerStore(redisson, cluster, settings, timeout);
        this.settings = settings;
        this.node = node;
        this.changes = changes;
        this.clock = clock;
        this.ticker = ticker;
        this.shutdown = shutdown;
        registry.gauge("breaker.not_closed", () -> (Gauge<Long>) this::notClosed);
        registry.gauge("breaker.local", () -> (Gauge<Integer>) () -> away ? 1 : 0);
    }

    /** On a client of its own, which makes no connection before it is needed and is shut down by {@link #close}. */
    public static RedisBreakers open(
            RedisSettings redis,
            String cluster,
            String node,
            BreakerSettings settings,
            Consumer<BreakerChange> changes,
            MetricRegistry registry,
            InstantSource clock,
            Ticker ticker) {
        RedissonClient client = new RedissonClientFactory().create(redis);
        return new RedisBreakers(
                client, cluster, node, settings, redis.timeout(), changes, registry, clock, ticker, client::shutdown);
    }

    /** Starts its thread; to be called once. */
    public void start() {
        thread.start();
    }

    private long notClosed() {
        return views.values().stream()
                        .filter(view -> view.state() != BreakerState.CLOSED)
                        .count()
                + locals.values().stream().filter(local -> !local.closed()).count();
    }

    @Override
    public void onChange(LongConsumer merchants) {
        listener = merchants;
    }

    @Override
    public int allowed(long endpointId, int cap) {
        View view = views.get(endpointId);
        if (away) {
            LocalBreaker local = local(endpointId, view);
            return isOpen(view) ? 0 : local == null ? cap : local.allowed(cap);
        }
        if (view == null) {
            return cap;
        }
        return switch (view.state()) {
            case CLOSED -> rampedUp(view, cap);
            case HALF_OPEN -> probing(endpointId, view);
            case OPEN -> {
                want(endpointId, view);
                yield 0;
            }
        };
    }

    private boolean isOpen(@Nullable View view) {
        return view != null && view.state() != BreakerState.CLOSED && ticker.nanos() - view.until() < 0;
    }

    /** What the cluster held open begins with a probe of this node's own; null: it never failed while Redis was away. */
    private @Nullable LocalBreaker local(long endpointId, @Nullable View view) {
        LocalBreaker local = locals.get(endpointId);
        if (local == null && view != null && view.state() != BreakerState.CLOSED && !isOpen(view)) {
            localMerchants.put(endpointId, view.merchantId());
            return locals.computeIfAbsent(endpointId, id -> new LocalBreaker(id, settings, ticker).expired());
        }
        return local;
    }

    private int rampedUp(View view, int cap) {
        long since = ticker.nanos() - view.until();
        long ramp = settings.rampUp().toNanos();
        return since >= ramp ? cap : (int) Math.max(1, cap * since / ramp);
    }

    private int probing(long endpointId, View view) {
        if (ticker.nanos() - view.until() >= 0) {
            want(endpointId, view);
            return 0;
        }
        return view.permit().get() ? 1 : 0;
    }

    private void want(long endpointId, View view) {
        if (ticker.nanos() - view.until() >= 0 && wanted.putIfAbsent(endpointId, view) == null) {
            hurry();
        }
    }

    @Override
    public @Nullable Pass pass(long merchantId, long endpointId) {
        View view = views.get(endpointId);
        if (away) {
            if (isOpen(view)) {
                return null;
            }
            LocalBreaker local = local(endpointId, view);
            return local == null || local.tryAcquire() ? new Pass(merchantId, endpointId, LOCAL, false) : null;
        }
        if (view == null) {
            return new Pass(merchantId, endpointId, 0, false);
        }
        if (view.state() == BreakerState.CLOSED) {
            return new Pass(merchantId, endpointId, view.epoch(), false);
        }
        boolean mine = view.state() == BreakerState.HALF_OPEN
                && ticker.nanos() - view.until() < 0
                && view.permit().compareAndSet(true, false);
        return mine ? new Pass(merchantId, endpointId, view.epoch(), true) : null;
    }

    @Override
    public void unused(Pass pass) {
        if (pass.epoch() == LOCAL) {
            LocalBreaker local = locals.get(pass.endpointId());
            if (local != null) {
                local.release();
            }
        } else if (pass.probe()) {
            View view = views.get(pass.endpointId());
            if (view != null && view.epoch() == pass.epoch()) {
                view.permit().set(true);
            }
        }
    }

    @Override
    public void report(Pass pass, boolean success, Duration took) {
        if (away || pass.epoch() == LOCAL) {
            reportHere(pass, success, took);
            return;
        }
        Tally one = Tally.of(pass, success, took.compareTo(settings.slowCall()) > 0);
        tallies.merge(pass.endpointId(), one, Tally::and);
        if (one.urgent()) {
            hurry();
        }
    }

    private void reportHere(Pass pass, boolean success, Duration took) {
        LocalBreaker local = locals.get(pass.endpointId());
        boolean well = success && took.compareTo(settings.slowCall()) <= 0;
        if (local == null) {
            if (well || !away) {
                return;
            }
            local = locals.computeIfAbsent(pass.endpointId(), id -> new LocalBreaker(id, settings, ticker));
            localMerchants.put(pass.endpointId(), pass.merchantId());
        }
        boolean before = local.closed();
        local.report(success, took);
        if (before != local.closed()) {
            BreakerState from = before ? BreakerState.CLOSED : BreakerState.HALF_OPEN;
            BreakerState to = before ? BreakerState.OPEN : BreakerState.CLOSED;
            String reason = (before ? "its calls failed" : "its probe was accepted") + ", and Redis was away";
            changes.accept(new BreakerChange(
                    pass.merchantId(),
                    pass.endpointId(),
                    from,
                    to,
                    reason,
                    node,
                    clock.instant().toEpochMilli()));
            listener.accept(pass.merchantId());
        }
    }

    private void hurry() {
        if (hurry) {
            return;
        }
        lock.lock();
        try {
            hurry = true;
            urgent.signal();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        try {
            while (!stopped) {
                awaitBeat();
                beat();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitBeat() throws InterruptedException {
        lock.lock();
        try {
            long left = (away ? ASK_AGAIN : settings.reportEvery()).toNanos();
            while (left > 0 && !stopped && (away || !hurry)) {
                left = urgent.awaitNanos(left);
            }
            hurry = false;
        } finally {
            lock.unlock();
        }
    }

    /** One exchange with Redis; callable without the thread. One at a time, or what came first might be told last. */
    synchronized void beat() {
        try {
            if (away) {
                comeBack();
            }
            report();
            probe();
            BreakerStore.Changes news = store.changes(knownUntil);
            knownUntil = news.now();
            news.lines().forEach(this::learn);
            forget();
        } catch (BreakerStore.AwayException e) {
            goAway(e);
        } catch (RuntimeException e) {
            LOG.error("A report of breakers failed", e);
        }
    }

    private void report() throws BreakerStore.AwayException {
        List<Tally> batch = new ArrayList<>();
        for (Long endpointId : tallies.keySet()) {
            Tally tally = tallies.remove(endpointId);
            if (tally != null) {
                batch.add(tally);
            }
        }
        for (int i = 0; i < batch.size(); i += PER_CALL) {
            store.report(batch.subList(i, Math.min(batch.size(), i + PER_CALL))).forEach(this::learn);
        }
    }

    private void probe() throws BreakerStore.AwayException {
        List<Line> asked = new ArrayList<>();
        for (Long endpointId : wanted.keySet()) {
            View view = wanted.remove(endpointId);
            if (view != null && asked.size() < PER_CALL) {
                asked.add(new Line(
                        endpointId,
                        view.merchantId(),
                        view.epoch(),
                        BreakerState.OPEN,
                        BreakerState.OPEN,
                        0,
                        false,
                        ""));
            }
        }
        if (!asked.isEmpty()) {
            store.probe(asked).forEach(this::learn);
        }
    }

    /** Takes over what Redis says, unless it is older than what is known. */
    private void learn(Line line) {
        if (line.epoch() == 0) {
            return;
        }
        View before = views.get(line.endpointId());
        boolean newer = before == null || line.epoch() > before.epoch();
        boolean another = before != null
                && line.epoch() == before.epoch()
                && line.state() != BreakerState.HALF_OPEN
                && line.state() != before.state();
        if (!newer && !another) {
            if (line.epoch() == before.epoch() && line.state() == BreakerState.OPEN) {
                // its time goes on by Redis's clock
                views.put(line.endpointId(), line.view(ticker.nanos()));
            }
            return;
        }
        views.put(line.endpointId(), line.view(ticker.nanos()));
        if (!line.reason().isEmpty()) {
            changes.accept(line.change());
        }
        listener.accept(line.merchantId());
    }

    /** What has long been closed needs no remembering: a report tells its epoch again. */
    private void forget() {
        long old = settings.rampUp().toNanos() + 4 * settings.window().toNanos();
        views.entrySet()
                .removeIf(entry -> entry.getValue().state() == BreakerState.CLOSED
                        && ticker.nanos() - entry.getValue().until() > old
                        && !tallies.containsKey(entry.getKey()));
    }

    private void goAway(BreakerStore.AwayException e) {
        if (!away) {
            LOG.warn("Redis does not answer ({}): this node's own breakers hold until it does", e.getMessage());
            away = true;
            tallies.clear();
            wanted.clear();
        }
    }

    private void comeBack() throws BreakerStore.AwayException {
        knownUntil = 0;
        BreakerStore.Changes news = store.changes(0);
        LOG.info("Redis answers again: the breakers of the cluster hold");
        away = false;
        locals.forEach((endpointId, local) -> {
            Long merchantId = localMerchants.get(endpointId);
            if (local.open() && merchantId != null) {
                View view = views.get(endpointId);
                long epoch = view == null ? 0 : view.epoch();
                int failed = settings.failuresInRow();
                tallies.put(endpointId, new Tally(merchantId, endpointId, epoch, false, failed, failed, 0, failed));
            }
        });
        locals.clear();
        localMerchants.clear();
        news.lines().forEach(this::learn);
    }

    /** Ends its thread, and lets go of its client. */
    @Override
    public void close() {
        stopped = true;
        hurry();
        try {
            thread.join(END_OF_THREAD.toMillis());
            if (thread.isAlive()) {
                thread.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        shutdown.run();
    }
}

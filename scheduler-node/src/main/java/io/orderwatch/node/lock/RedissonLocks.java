package io.orderwatch.node.lock;

import com.codahale.metrics.Counter;
import com.codahale.metrics.MetricRegistry;
import io.orderwatch.job.Ticker;
import io.orderwatch.job.notification.NotificationLocks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.redisson.api.BatchOptions;
import org.redisson.api.RBatch;
import org.redisson.api.RFuture;
import org.redisson.api.RScript;
import org.redisson.api.RedissonClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A lock is a key with the claim's token as its value and the claim's lease as its time to live; taken by SET NX PX and
 * freed by compare-and-delete, hundreds in one call of a script. A lock that waits and watches is not needed: whoever does not
 * get it has nothing to send.
 *
 * <p>After a failure Redis is left alone. A thread of its own ({@code lock-probe}) asks every other second whether it is
 * back, so that delivery never waits for it more than once an outage.
 */
public final class RedissonLocks implements NotificationLocks, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RedissonLocks.class);
    private static final int FIRST_TIMEOUTS = 4;
    private static final Duration PROBE_AFTER = Duration.ofSeconds(1);

    /** Token, milliseconds, ids; answers with the ids that somebody else has. */
    private static final String ACQUIRE = """
            local others = {}
            for i = 3, #ARGV do
              if not redis.call('SET', KEYS[1] .. ARGV[i], ARGV[1], 'NX', 'PX', ARGV[2]) then
                others[#others + 1] = ARGV[i]
              end
            end
            return others
            """;

    /**
     * Ids, each followed by its token; answers how many were freed. Two commands for each thousand of them, which Lua can
     * unpack, and not two for each.
     */
    private static final String RELEASE = """
            local freed = 0
            for from = 1, #ARGV, 2000 do
              local keys = {}
              for i = from, math.min(from + 1999, #ARGV), 2 do
                keys[#keys + 1] = KEYS[1] .. ARGV[i]
              end
              local held = redis.call('MGET', unpack(keys))
              local ours = {}
              for i = 1, #keys do
                if held[i] == ARGV[from + 2 * i - 1] then
                  ours[#ours + 1] = keys[i]
                end
              end
              if #ours > 0 then
                freed = freed + redis.call('DEL', unpack(ours))
              end
            end
            return freed
            """;

    private enum State {
        UP,
        DOWN,
        PROBING
    }

    private record Health(State state, long since) {}

    private final RedissonClient redisson;
    private final String prefix;
    private final Duration timeout;
    private final Ticker ticker;
    private final Counter fallback;
    private final AtomicReference<Health> health;
    private final ExecutorService probes;
    private final Runnable shutdown;
    private volatile boolean connected;

    /** On a client of its own, which makes no connection before it is needed and is shut down by {@link #close}. */
    public static RedissonLocks open(RedisSettings settings, String cluster, MetricRegistry registry, Ticker ticker) {
        RedissonClient client = new RedissonClientFactory().create(settings);
        return new RedissonLocks(client, cluster, settings.timeout(), registry, ticker, client::shutdown);
    }

    /**
     * @param redisson stays the caller's to shut down, after this is closed
     * @param cluster name that keeps the keys of several installations apart
     * @param timeout longest wait for an answer
     */
    public RedissonLocks(
            RedissonClient redisson, String cluster, Duration timeout, MetricRegistry registry, Ticker ticker) {
        this(redisson, cluster, timeout, registry, ticker, () -> {});
    }

    private RedissonLocks(
            RedissonClient redisson,
            String cluster,
            Duration timeout,
            MetricRegistry registry,
            Ticker ticker,
            Runnable shutdown) {
        this.shutdown = shutdown;
        this.redisson = redisson;
        // one tag for all, so that a script may touch hundreds on a Redis cluster
        this.prefix = "{orderwatch:" + cluster + ":notify}:";
        this.timeout = timeout;
        this.ticker = ticker;
        this.fallback = registry.counter("notification.lock_fallback");
        this.health = new AtomicReference<>(new Health(State.UP, ticker.nanos()));
        ThreadPoolExecutor one = new ThreadPoolExecutor(
                1, 1, 5, TimeUnit.SECONDS, new LinkedBlockingQueue<>(1), task -> new Thread(task, "lock-probe"));
        one.allowCoreThreadTimeOut(true);
        this.probes = one;
    }

    @Override
    public Set<Long> acquire(Collection<Long> ids, long token, Duration lease) {
        if (!up()) {
            return granted(ids);
        }
        try {
            List<Object> arguments = new ArrayList<>(ids.size() + 2);
            arguments.add(token);
            arguments.add(lease.toMillis());
            arguments.addAll(ids);
            List<?> others = call(ACQUIRE, RScript.ReturnType.LIST, arguments);
            Set<Long> ours = new HashSet<>(ids);
            others.forEach(id -> ours.remove(Long.valueOf(id.toString())));
            return ours;
        } catch (UnansweredException | RuntimeException e) {
            down(e);
            return granted(ids);
        }
    }

    private Set<Long> granted(Collection<Long> ids) {
        fallback.inc(ids.size());
        return new HashSet<>(ids);
    }

    @Override
    public void release(Map<Long, Long> tokens) {
        if (!up()) {
            return;
        }
        try {
            List<Object> arguments = new ArrayList<>(tokens.size() * 2);
            tokens.forEach((id, token) -> {
                arguments.add(id);
                arguments.add(token);
            });
            call(RELEASE, RScript.ReturnType.LONG, arguments);
        } catch (UnansweredException | RuntimeException e) {
            down(e);
        }
    }

    /** Asks Redis whether it is there; waits for its answer, within the timeout. */
    public boolean reachable() {
        try {
            await(redisson.getBucket(prefix + "probe", TextCodec.INSTANCE).isExistsAsync());
            return true;
        } catch (UnansweredException | RuntimeException e) {
            LOG.debug("Redis does not answer: {}", e.getMessage());
            return false;
        }
    }

    /** As the only command of a batch, since a batch has a timeout of its own and can be told not to try again. */
    private <T> T call(String script, RScript.ReturnType type, List<Object> arguments) throws UnansweredException {
        RBatch batch = redisson.createBatch(BatchOptions.defaults()
                .responseTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .retryAttempts(0));
        RFuture<T> answer = batch.getScript(TextCodec.INSTANCE)
                .evalAsync(RScript.Mode.READ_WRITE, script, type, List.of(prefix), arguments.toArray());
        await(batch.executeAsync());
        return await(answer);
    }

    private <T> T await(RFuture<T> answer) throws UnansweredException {
        try {
            // a connection may have to be made first, and the very first one is made by cold code
            long most = (connected ? 2 : FIRST_TIMEOUTS) * timeout.toMillis();
            T value = answer.toCompletableFuture().get(most, TimeUnit.MILLISECONDS);
            connected = true;
            return value;
        } catch (ExecutionException e) {
            throw new UnansweredException(e.getCause());
        } catch (TimeoutException e) {
            throw new UnansweredException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnansweredException(e);
        }
    }

    private static final class UnansweredException extends Exception {

        private static final long serialVersionUID = 1L;

        UnansweredException(Throwable cause) {
            super(cause);
        }
    }

    /** Whether Redis is to be asked; has it probed when it is down and nobody looked for a while. */
    private boolean up() {
        Health now = health.get();
        if (now.state() == State.UP) {
            return true;
        }
        boolean due = now.state() == State.DOWN && ticker.nanos() - now.since() >= PROBE_AFTER.toNanos();
        Health probing = new Health(State.PROBING, ticker.nanos());
        if (due && health.compareAndSet(now, probing)) {
            try {
                probes.execute(() -> probe(probing));
            } catch (RejectedExecutionException e) {
                health.set(new Health(State.DOWN, ticker.nanos()));
            }
        }
        return false;
    }

    private void probe(Health probing) {
        boolean answered = false;
        try {
            answered = reachable();
            if (answered) {
                LOG.info("Redis answers again: notifications are locked as before");
            }
        } finally {
            health.compareAndSet(probing, new Health(answered ? State.UP : State.DOWN, ticker.nanos()));
        }
    }

    private void down(Exception e) {
        Health now = health.get();
        if (now.state() == State.UP && health.compareAndSet(now, new Health(State.DOWN, ticker.nanos()))) {
            LOG.warn(
                    "Redis does not answer ({}): the claims in the database alone keep two senders apart until it does",
                    reason(e));
        }
    }

    /** The innermost cause, without the advice and the inner state that Redisson's messages go on with. */
    private static String reason(Exception e) {
        Throwable cause = e;
        while (cause.getCause() != null && cause.getCause() != cause) {
            cause = cause.getCause();
        }
        String message = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return message.split("[!({]", 2)[0].strip();
    }

    /** Stops looking for Redis, and lets go of a client of its own. */
    @Override
    public void close() {
        probes.shutdownNow();
        shutdown.run();
    }
}

package io.orderwatch.job.notification;

import io.orderwatch.dao.DatabaseUnavailableException;
import io.orderwatch.dao.notification.AttemptResult;
import io.orderwatch.dao.notification.ClaimedNotification;
import io.orderwatch.dao.notification.Next;
import io.orderwatch.dao.notification.Visit;
import io.orderwatch.job.Ticker;
import io.orderwatch.job.UserLog;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what claims came to, in batches, frees their locks, and tells the lanes. What cannot be written since the
 * database is away is kept and tried again until its claim is over. Its size is bounded by what may be claimed.
 * {@link #run} is the body of the thread {@code notify-recorder}.
 */
final class Recorder implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(Recorder.class);
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);
    // from this size on the results come fast, and waiting a little longer makes far fewer transactions
    private static final int BUSY_BATCH = 16;
    private static final int BUSY_LINGERS = 4;

    private final DeliverySettings settings;
    private final Outbox outbox;
    private final NotificationLocks locks;
    private final Lanes lanes;
    private final DeliveryMetrics metrics;
    private final UserLog userLog;
    private final Ticker ticker;
    private final Backoff backoff;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Completion> waiting = new ArrayDeque<>();
    private final List<TryListener> listeners = new CopyOnWriteArrayList<>();
    private boolean idle = true;
    private boolean stopped;

    Recorder(
            DeliverySettings settings,
            Outbox outbox,
            NotificationLocks locks,
            Lanes lanes,
            DeliveryMetrics metrics,
            UserLog userLog,
            Ticker ticker,
            RandomGenerator random) {
        this.settings = settings;
        this.outbox = outbox;
        this.locks = locks;
        this.lanes = lanes;
        this.metrics = metrics;
        this.userLog = userLog;
        this.ticker = ticker;
        this.backoff = new Backoff(random);
    }

    void addListener(TryListener listener) {
        listeners.add(listener);
    }

    void add(Completion completion) {
        lock.lock();
        try {
            waiting.add(completion);
            // while it lingers or writes, it looks again by itself
            if (idle || waiting.size() == settings.batchSize()) {
                changed.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends {@link #run} when all that was added is written or given up. */
    void stop() {
        lock.lock();
        try {
            stopped = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void run() {
        int last = 0;
        try {
            while (true) {
                List<Completion> batch = next(last >= BUSY_BATCH ? BUSY_LINGERS : 1);
                if (batch.isEmpty()) {
                    return;
                }
                last = batch.size();
                write(batch);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LOG.warn("Writing results was interrupted with {} left: their claims will run out", waiting.size());
        }
    }

    private List<Completion> next(int lingers) throws InterruptedException {
        lock.lock();
        try {
            while (waiting.isEmpty() && !stopped) {
                idle = true;
                changed.awaitNanos(LOOK_AGAIN.toNanos());
            }
            idle = false;
            long left = settings.linger().toNanos() * lingers;
            while (waiting.size() < settings.batchSize() && !stopped && left > 0) {
                left = changed.awaitNanos(left);
            }
            List<Completion> batch = new ArrayList<>(Math.min(waiting.size(), settings.batchSize()));
            while (!waiting.isEmpty() && batch.size() < settings.batchSize()) {
                batch.add(waiting.poll());
            }
            return batch;
        } finally {
            lock.unlock();
        }
    }

    /** Writes the batch, however long that takes, but for what is given up; callable without the thread. */
    void write(List<Completion> batch) throws InterruptedException {
        List<Completion> left = batch;
        while (!left.isEmpty()) {
            try {
                Set<Long> stale = outbox.record(results(left), reasons(left));
                backoff.reset();
                metrics.recordBatch.update(left.size());
                settle(left, stale);
                return;
            } catch (DatabaseUnavailableException e) {
                left = withoutLost(left, e);
                if (!left.isEmpty()) {
                    Thread.sleep(backoff.next().toMillis());
                }
            } catch (RuntimeException e) {
                writeApart(left, e);
                return;
            }
        }
    }

    /** One bad result must not take its neighbours with it. */
    private void writeApart(List<Completion> batch, RuntimeException e) throws InterruptedException {
        if (batch.size() == 1) {
            LOG.error(
                    "The result of notification {} cannot be written; it is claimed again when its lease is over",
                    batch.get(0).id(),
                    e);
            giveUp(batch);
            return;
        }
        int half = batch.size() / 2;
        write(batch.subList(0, half));
        write(batch.subList(half, batch.size()));
    }

    private List<Completion> withoutLost(List<Completion> batch, DatabaseUnavailableException e) {
        long now = ticker.nanos();
        List<Completion> kept = new ArrayList<>();
        List<Completion> lost = new ArrayList<>();
        for (Completion completion : batch) {
            (now - completion.leaseEnds() < 0 ? kept : lost).add(completion);
        }
        if (!lost.isEmpty()) {
            LOG.warn(
                    "The database was away ({}) until {} claims were over: their results are lost, and merchants may"
                            + " be told again",
                    e.getMessage(),
                    lost.size());
            giveUp(lost);
        }
        return kept;
    }

    private void giveUp(List<Completion> lost) {
        metrics.resultLost.inc(lost.size());
        free(lost);
    }

    private static List<AttemptResult> results(List<Completion> batch) {
        return batch.stream().map(Completion::result).toList();
    }

    private static Map<Long, String> reasons(List<Completion> batch) {
        Map<Long, String> reasons = new HashMap<>();
        for (Completion completion : batch) {
            if (completion.setAside() != null) {
                reasons.put(completion.id(), completion.setAside());
            }
        }
        return reasons;
    }

    private void settle(List<Completion> written, Set<Long> stale) {
        free(written);
        for (Completion completion : written) {
            if (stale.contains(completion.id())) {
                metrics.stale.inc();
                LOG.info(
                        "The result of notification {} ({}) came after its claim had passed to somebody else",
                        completion.id(),
                        what(completion.result()));
            } else {
                tell(completion);
            }
            count(completion.notification().merchantId(), completion.result());
        }
    }

    private void count(long merchantId, AttemptResult result) {
        for (Visit visit : result.visits()) {
            Outcome outcome = Outcome.valueOf(visit.outcome());
            boolean accepted = outcome == Outcome.DELIVERED;
            listeners.forEach(listener -> listener.tried(merchantId, accepted, outcome.answered(), visit.took()));
        }
    }

    /** The slots first: what is told afterwards can take its time. */
    private void free(List<Completion> done) {
        Map<Long, Long> tokens = new HashMap<>();
        Collection<Long> ids = new ArrayList<>(done.size());
        Set<Long> merchants = new HashSet<>();
        for (Completion completion : done) {
            ids.add(completion.id());
            merchants.add(completion.notification().merchantId());
            if (completion.locked()) {
                tokens.put(completion.id(), completion.result().claimToken());
            }
        }
        lanes.recorded(ids, merchants);
        if (!tokens.isEmpty()) {
            locks.release(tokens);
        }
    }

    private void tell(Completion completion) {
        ClaimedNotification n = completion.notification();
        AttemptResult result = completion.result();
        Next next = result.next();
        String id = Message.id(n.id());
        if (mayBeTwice(result)) {
            metrics.possibleDuplicate.inc();
        }
        if (next instanceof Next.Delivered) {
            metrics.delivered.mark();
            userLog.log(
                    n.userId(),
                    "{} ({} of order {}) was delivered to merchant {} by try {}: {}",
                    id,
                    n.event(),
                    n.orderId(),
                    n.merchantId(),
                    result.attempt(),
                    what(result));
        } else if (next instanceof Next.Retry retry) {
            metrics.retried.mark();
            userLog.log(
                    n.userId(),
                    "{} ({} of order {}) was not accepted by merchant {}: {}; try {} follows in {} ms",
                    id,
                    n.event(),
                    n.orderId(),
                    n.merchantId(),
                    what(result),
                    result.attempt() + 1,
                    retry.in().toMillis());
        } else if (next instanceof Next.Dead) {
            metrics.dead.mark();
            userLog.log(
                    n.userId(),
                    "{} ({} of order {}) is dead after {} tries at merchant {}: {}",
                    id,
                    n.event(),
                    n.orderId(),
                    result.attempt(),
                    n.merchantId(),
                    what(result));
        } else if (completion.setAside() != null) {
            metrics.setAside.inc();
            LOG.warn("Notification {} is set aside: {}", n.id(), completion.setAside());
            userLog.log(
                    n.userId(),
                    "{} ({} of order {}) is set aside: {}",
                    id,
                    n.event(),
                    n.orderId(),
                    completion.setAside());
        } else if (next instanceof Next.Park) {
            metrics.parked.mark();
        } else {
            metrics.released.mark();
        }
    }

    /** Whether the merchant was told again, or will be, though it may have accepted it unheard. */
    private static boolean mayBeTwice(AttemptResult result) {
        List<Visit> told = result.visits();
        List<Visit> again =
                result.next() instanceof Next.Retry || told.isEmpty() ? told : told.subList(0, told.size() - 1);
        return again.stream().anyMatch(visit -> visit.doubt() == Visit.Doubt.UNHEARD);
    }

    /** The calls of a try, in order. */
    private static String what(AttemptResult result) {
        return result.visits().stream().map(Recorder::what).collect(Collectors.joining("; then "));
    }

    private static String what(Visit visit) {
        StringBuilder what = new StringBuilder(visit.outcome());
        if (visit.httpStatus() != null) {
            what.append(' ').append(visit.httpStatus());
        }
        if (visit.detail() != null) {
            what.append(", ").append(visit.detail());
        }
        return what.append(" from endpoint ")
                .append(visit.endpointId())
                .append(" after ")
                .append(visit.took().toMillis())
                .append(" ms")
                .toString();
    }
}

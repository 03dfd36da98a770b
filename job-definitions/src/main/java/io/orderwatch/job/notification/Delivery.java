package io.orderwatch.job.notification;

import com.codahale.metrics.MetricRegistry;
import io.orderwatch.dao.Database;
import io.orderwatch.dao.notification.DueNotification;
import io.orderwatch.dao.notification.MerchantStore;
import io.orderwatch.job.KillPoints;
import io.orderwatch.job.Ownership;
import io.orderwatch.job.Ticker;
import io.orderwatch.job.UserLog;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes notifications that are due and has merchants told. Owns the threads {@code notify-dispatcher},
 * {@code notify-recorder} and {@code notify-renewal}; the channels have their own. Safe for use by many threads.
 *
 * <p>Nothing is lost with what it holds in memory: an id that is forgotten here is READY in the table, or becomes due
 * again when the lease of its claim is over, and {@link NotifyRetryJob} finds it.
 */
public final class Delivery implements Intake, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);
    private static final Duration END_OF_THREAD = Duration.ofSeconds(5);
    private static final Duration IDLE = Duration.ofSeconds(10);
    /** So that delivery never keeps a node from noticing ten batches a second. */
    private static final Duration WAIT_FOR_PLACES = Duration.ofMillis(100);
    /** Of what may be claimed: with fewer places the transactions would get too small, with more the sockets would run dry. */
    private static final int PART_WORTH_WRITING = 4;

    private final Lanes lanes;
    private final DeliverySettings settings;
    private final SecureRandom random = new SecureRandom();
    private final Ticker ticker;
    private final KillPoints killPoints;
    private final MerchantDirectory directory;
    private final DeliveryMetrics metrics;
    private final Recorder recorder;
    private final Dispatcher dispatcher;
    private final Thread dispatcherThread;
    private final Thread recorderThread;
    private final ThreadPoolExecutor renewals;
    private boolean started;

    /**
     * @param channels stay the caller's to close, after this
     * @param breakers of merchants' endpoints; the caller's to close
     * @param health is told of merchants that become slow; the caller's to start and to close
     * @param share of the rates of endpoints that is this node's, up to 1
     * @param clock gives the time of day that tries are logged with
     */
    public Delivery(
            DeliverySettings settings,
            Database database,
            Ownership ownership,
            Channels channels,
            NotificationLocks locks,
            Breakers breakers,
            MerchantHealth health,
            DoubleSupplier share,
            MetricRegistry registry,
            UserLog userLog,
            InstantSource clock,
            Ticker ticker,
            KillPoints killPoints) {
        this(
                settings,
                new DatabaseOutbox(database, ownership, killPoints),
                new MerchantDirectory(
                        ids -> database.inTransaction(tx -> new MerchantStore().find(tx, ids)),
                        channels,
                        Admission.byRow(),
                        ticker),
                ownership,
                locks,
                breakers,
                health,
                share,
                registry,
                userLog,
                clock,
                ticker,
                killPoints);
    }

    Delivery(
            DeliverySettings settings,
            Outbox outbox,
            MerchantDirectory directory,
            Ownership ownership,
            NotificationLocks locks,
            Breakers breakers,
            MerchantHealth health,
            DoubleSupplier share,
            MetricRegistry registry,
            UserLog userLog,
            InstantSource clock,
            Ticker ticker,
            KillPoints killPoints) {
        DeliveryMetrics metrics = new DeliveryMetrics(registry);
        this.settings = settings;
        this.directory = directory;
        this.ticker = ticker;
        this.killPoints = killPoints;
        this.metrics = metrics;
        this.lanes = new Lanes(settings, breakers, share, ticker);
        metrics.watch(lanes);
        this.renewals = new ThreadPoolExecutor(
                1,
                1,
                IDLE.toMillis(),
                TimeUnit.MILLISECONDS,
                new ArrayBlockingQueue<>(settings.maxInFlight()),
                task -> new Thread(task, "notify-renewal"));
        this.renewals.allowCoreThreadTimeOut(true);
        this.recorder = new Recorder(settings, outbox, locks, lanes, metrics, userLog, ticker, random);
        this.dispatcher = new Dispatcher(
                settings,
                lanes,
                outbox,
                directory,
                ownership,
                new Sender(
                        settings.deadline(),
                        breakers,
                        new EndpointSlots(share, ticker),
                        clock,
                        ticker,
                        random,
                        killPoints),
                renewals,
                locks,
                health,
                recorder,
                metrics,
                ticker,
                random);
        breakers.onChange(dispatcher::reconsider);
        this.dispatcherThread = new Thread(dispatcher, "notify-dispatcher");
        this.recorderThread = new Thread(recorder, "notify-recorder");
    }

    /** Has the listener told of every try from now on. */
    public void addListener(TryListener listener) {
        recorder.addListener(listener);
    }

    /** Starts its threads; to be called once. */
    public void start() {
        started = true;
        recorderThread.start();
        dispatcherThread.start();
    }

    /** Queues notifications that are due, to be claimed as soon as their merchants have room. Does not wait. */
    @Override
    public int offer(List<DueNotification> due) {
        return lanes.offer(due).accepted();
    }

    @Override
    public int awaitPlaces(int most) {
        int enough = Math.max(1, Math.min(most, settings.maxClaimed() / PART_WORTH_WRITING));
        try {
            int places = lanes.awaitPlaces(enough, WAIT_FOR_PLACES);
            return places < enough ? most : Math.min(most, places);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return most;
        }
    }

    @Override
    public Reservation reserve() {
        return new LaneReservation(
                lanes, dispatcher::board, random.nextLong(1, Long.MAX_VALUE), settings.lease(), ticker, killPoints);
    }

    /** Forgets what is queued of shards that are no longer ours, and gives back what was claimed and not sent. */
    public void dropShards(Collection<Integer> shards) {
        dispatcher.release(lanes.drop(shards));
    }

    /** Ids that wait to be claimed. */
    public int queued() {
        return lanes.queued();
    }

    /** Notifications that are claimed and whose result is not written yet. */
    public int claimed() {
        return lanes.claimed();
    }

    /**
     * Stops claiming, gives back what was claimed and not sent, and waits for the requests under way and their results.
     * Nothing can be offered afterwards.
     *
     * @return whether nothing is left; what is left is due again when the leases of its claims are over
     */
    public boolean drain(Duration most) throws InterruptedException {
        lanes.close();
        dispatcher.stop();
        dispatcher.releaseBoardings();
        dispatcher.release(lanes.withdraw());
        boolean empty = lanes.awaitEmpty(most);
        if (!empty) {
            LOG.warn("{} notifications are still under way after {} ms", lanes.claimed(), most.toMillis());
        }
        return empty;
    }

    /** Ends its threads; what {@link #drain} did not wait for is left to its leases. */
    @Override
    public void close() {
        lanes.close();
        dispatcher.stop();
        renewals.shutdown();
        if (!started) {
            return;
        }
        end(dispatcherThread);
        dispatcher.releaseBoardings();
        dispatcher.release(lanes.withdraw());
        recorder.stop();
        end(recorderThread);
    }

    private static void end(Thread thread) {
        try {
            thread.join(END_OF_THREAD.toMillis());
            if (thread.isAlive()) {
                LOG.warn("Thread {} does not end and is interrupted", thread.getName());
                thread.interrupt();
                thread.join(END_OF_THREAD.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Whether what comes for a merchant had better wait in the database, in a lane of its own: its queue is full, or it
     * must not be called now.
     */
    @Override
    public boolean crowded(long merchantId) {
        return lanes.crowded(merchantId);
    }

    Lanes lanes() {
        return lanes;
    }

    /** Looks at merchants' rows anew, and has the lanes follow them. */
    void learn(Collection<Long> merchantIds) {
        lanes.limits(directory.find(merchantIds));
    }

    /** How long at least what is parked of a merchant is left alone: for a while when its breaker is open. */
    Duration waitOf(long merchantId) {
        return lanes.broken(merchantId) ? settings.isolation().breakerWait() : Duration.ZERO;
    }

    void parked(int count) {
        metrics.parked.mark(count);
    }
}

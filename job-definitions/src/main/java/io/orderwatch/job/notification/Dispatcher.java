package io.orderwatch.job.notification;

import io.orderwatch.dao.DatabaseUnavailableException;
import io.orderwatch.dao.notification.ClaimedNotification;
import io.orderwatch.dao.notification.DueNotification;
import io.orderwatch.dao.notification.NewNotification;
import io.orderwatch.job.Ownership;
import io.orderwatch.job.Ticker;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims what the lanes hand out, and sends it together with what was written as claimed. {@link #run} is the body of the thread {@code notify-dispatcher}, which
 * claims; sockets that become free are filled again on the thread that brought the answer.
 */
final class Dispatcher implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);
    /** Somebody else has its lock, so somebody else has its claim in a moment, or had it. */
    private static final Duration AFTER_LOCKED = Duration.ofMillis(500);

    /** The endpoints that it should go to have enough to do, or the channel has, or this node. */
    private static final Duration AFTER_BUSY = Duration.ofMillis(500);

    /** So many transactions find one or two bad rows in a batch; more failures are no matter of single rows. */
    private static final int FAILURES_PER_BATCH = 32;

    private final DeliverySettings settings;
    private final Lanes lanes;
    private final Outbox outbox;
    private final MerchantDirectory directory;
    private final Ownership ownership;
    private final Sender sender;
    private final Executor renewals;
    private final NotificationLocks locks;
    private final MerchantHealth health;
    private final Recorder recorder;
    private final DeliveryMetrics metrics;
    private final Ticker ticker;
    private final RandomGenerator random;
    private final Backoff backoff;
    private final AtomicInteger pumps = new AtomicInteger();
    private volatile boolean stopped;

    /** @param renewals asks the database without keeping its caller waiting; refuses what it has no room for */
    Dispatcher(
            DeliverySettings settings,
            Lanes lanes,
            Outbox outbox,
            MerchantDirectory directory,
            Ownership ownership,
            Sender sender,
            Executor renewals,
            NotificationLocks locks,
            MerchantHealth health,
            Recorder recorder,
            DeliveryMetrics metrics,
            Ticker ticker,
            RandomGenerator random) {
        this.settings = settings;
        this.lanes = lanes;
        this.outbox = outbox;
        this.directory = directory;
        this.ownership = ownership;
        this.sender = sender;
        this.renewals = renewals;
        this.locks = locks;
        this.health = health;
        this.recorder = recorder;
        this.metrics = metrics;
        this.ticker = ticker;
        this.random = random;
        this.backoff = new Backoff(random);
    }

    @Override
    public void run() {
        try {
            long lookAgain = ticker.nanos();
            while (!stopped) {
                if (lanes.awaitWork(LOOK_AGAIN)) {
                    survive();
                }
                if (ticker.nanos() - lookAgain >= 0) {
                    release(lanes.overdue());
                    lookAgain = ticker.nanos() + LOOK_AGAIN.toNanos();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LOG.warn("Claiming was interrupted");
        }
    }

    /** A defect must not end the thread that all merchants depend on. */
    private void survive() throws InterruptedException {
        try {
            step();
        } catch (RuntimeException e) {
            LOG.error("A step of delivery failed", e);
            Thread.sleep(backoff.next().toMillis());
        }
    }

    /** Claims nothing more, and sends nothing more that is claimed. */
    void stop() {
        stopped = true;
    }

    /** Claims one batch and starts sending it; callable without the thread. Returns how many were asked for. */
    int step() throws InterruptedException {
        try {
            Boarding boarding = lanes.nextBoarding();
            if (boarding != null) {
                send(boarding);
                backoff.reset();
                return boarding.notifications().size();
            }
            Collection<Long> strangers = lanes.strangers(settings.batchSize());
            if (!strangers.isEmpty()) {
                lanes.limits(directory.find(strangers));
            }
            List<DueNotification> batch = lanes.take();
            if (!batch.isEmpty()) {
                metrics.claimBatch.update(batch.size());
                claim(batch);
            }
            backoff.reset();
            return batch.size();
        } catch (DatabaseUnavailableException e) {
            LOG.debug("Nothing can be claimed: {}", e.getMessage());
            Thread.sleep(backoff.next().toMillis());
            return 0;
        }
    }

    /** Takes over what was written as claimed. Does not wait; any thread. */
    void board(Boarding boarding) {
        if (lanes.boarded(boarding)) {
            metrics.boarded.mark(boarding.notifications().size());
        } else {
            release(boarding);
        }
    }

    private void send(Boarding boarding) {
        Sorted sorted;
        try {
            sorted = sort(boarding);
        } catch (RuntimeException e) {
            release(boarding);
            throw e;
        }
        land(boarding.places(), sorted);
        pump();
    }

    private Sorted sort(Boarding boarding) {
        Map<Long, Recipient> recipients = directory.find(merchants(boarding.places()));
        long readAt = boarding.readAt();
        long now = ticker.nanos();
        Set<Long> allowed = ids(boarding);
        if (now - readAt > settings.readAgainAfter().toNanos()) {
            // the transaction took its time, and an operator may have turned a switch meanwhile
            allowed = outbox.allowed(boarding.notifications());
            readAt = now;
        }
        long sendBefore = Math.min(
                readAt + settings.sendWithin().toNanos(),
                boarding.claimedAt() + settings.startWithin().toNanos());
        boolean late = ticker.nanos() - sendBefore > 0;
        long leaseEnds = leaseEnds(boarding);
        List<ClaimedNotification> claimed = new ArrayList<>();
        List<Completion> forbidden = new ArrayList<>();
        List<DueNotification> unsent = new ArrayList<>();
        for (NewNotification n : boarding.notifications()) {
            if (!late
                    && allowed.contains(n.id())
                    && ours(n.shard(), boarding.epochs().get(n.shard()))) {
                claimed.add(n.claimed());
            } else {
                forbidden.add(Completion.released(n.claimed(), boarding.token(), false, leaseEnds, Duration.ZERO));
                unsent.add(n.due());
            }
        }
        lanes.refund(unsent);
        lanes.limits(recipients);
        Outbox.Claim claim = new Outbox.Claim(claimed, boarding.epochs(), 0);
        return sort(claim, recipients, forbidden, new Term(boarding.token(), sendBefore, leaseEnds));
    }

    private boolean ours(int shard, long epoch) {
        OptionalLong now = ownership.epoch(shard);
        return now.isPresent() && now.getAsLong() == epoch;
    }

    private long leaseEnds(Boarding boarding) {
        return boarding.claimedAt() + settings.lease().toNanos();
    }

    private static Set<Long> ids(Boarding boarding) {
        return boarding.notifications().stream().map(NewNotification::id).collect(Collectors.toSet());
    }

    /** Gives back what was written as claimed and will not be sent by us. */
    private void release(Boarding boarding) {
        lanes.refund(boarding.places());
        lanes.claimed(boarding.places(), List.of(), ids(boarding));
        for (NewNotification n : boarding.notifications()) {
            recorder.add(Completion.released(n.claimed(), boarding.token(), false, leaseEnds(boarding), Duration.ZERO));
        }
    }

    /** Once nothing more is claimed: gives back all that was written as claimed and is not on its way. */
    void releaseBoardings() {
        for (Boarding left = lanes.nextBoarding(); left != null; left = lanes.nextBoarding()) {
            release(left);
        }
    }

    /** Claims the batch; where that fails, its halves, so that one bad row does not stop its neighbours. */
    private void claim(List<DueNotification> batch) {
        Deque<List<DueNotification>> parts = new ArrayDeque<>(List.of(batch));
        int failures = 0;
        while (!parts.isEmpty()) {
            List<DueNotification> part = parts.peek();
            try {
                claimPart(part);
                parts.remove();
            } catch (DatabaseUnavailableException e) {
                // last part first, since each goes to the head of its queue
                parts.descendingIterator().forEachRemaining(lanes::giveBack);
                throw e;
            } catch (RuntimeException e) {
                parts.remove();
                if (part.size() == 1 || ++failures > FAILURES_PER_BATCH) {
                    LOG.error("{} cannot be claimed; what is due is found again later", names(part), e);
                    lanes.claimed(part, List.of(), Set.of());
                } else {
                    parts.push(part.subList(part.size() / 2, part.size()));
                    parts.push(part.subList(0, part.size() / 2));
                }
            }
        }
    }

    private void claimPart(List<DueNotification> part) {
        Map<Long, Recipient> recipients = directory.find(merchants(part));
        long token = random.nextLong(1, Long.MAX_VALUE);
        // taken before the claim is made, so that our idea of its lease ends before the database's
        long before = ticker.nanos();
        Outbox.Claim claim = outbox.claim(part, token, settings.lease());
        metrics.held.mark(claim.held());
        lanes.limits(recipients);
        Term term = new Term(
                token,
                before + settings.sendWithin().toNanos(),
                before + settings.lease().toNanos());
        land(part, sort(claim, recipients, List.of(), term));
        pump();
    }

    private static Set<Long> merchants(List<DueNotification> batch) {
        return batch.stream().map(DueNotification::merchantId).collect(Collectors.toSet());
    }

    private static String names(List<DueNotification> batch) {
        return batch.size() == 1 ? "Notification " + batch.get(0).id() : "A batch of " + batch.size();
    }

    /** Ticker readings: until when what was claimed may be sent, and until when it is ours. */
    private record Term(long token, long sendBefore, long leaseEnds) {}

    /** What was claimed: what is to be sent, and what will not be, with what becomes of it. */
    private record Sorted(List<Flight> flights, List<Completion> landing) {}

    /** @param given claimed with the others, and to be released */
    private Sorted sort(Outbox.Claim claim, Map<Long, Recipient> recipients, List<Completion> given, Term term) {
        long token = term.token();
        long leaseEnds = term.leaseEnds();
        List<Long> ids = claim.claimed().stream().map(ClaimedNotification::id).toList();
        Set<Long> locked = ids.isEmpty() ? Set.of() : locks.acquire(ids, token, settings.lease());
        List<Flight> flights = new ArrayList<>(ids.size());
        List<Completion> landing = new ArrayList<>(given);
        for (ClaimedNotification n : claim.claimed()) {
            Recipient recipient = recipients.get(n.merchantId());
            if (!locked.contains(n.id())) {
                landing.add(Completion.released(n, token, false, leaseEnds, AFTER_LOCKED));
            } else if (recipient instanceof Recipient.Reachable reachable) {
                long epoch = claim.epochs().get(n.shard());
                flights.add(new Flight(n, reachable, token, epoch, term.sendBefore(), leaseEnds));
            } else if (recipient instanceof Recipient.Unreachable unreachable) {
                landing.add(Completion.setAside(n, token, true, leaseEnds, unreachable.reason()));
            } else {
                // its merchant was changed after it was queued: next time it is in the right queue
                landing.add(Completion.released(n, token, true, leaseEnds, Duration.ZERO));
            }
        }
        return new Sorted(flights, landing);
    }

    private void land(List<DueNotification> batch, Sorted sorted) {
        Set<Long> landing = sorted.landing().stream().map(Completion::id).collect(Collectors.toSet());
        lanes.claimed(batch, sorted.flights(), landing).forEach(this::parkShut);
        sorted.landing().forEach(recorder::add);
    }

    /**
     * Fills the sockets that are free. Any thread may call it, also from within a call of it: whoever comes while
     * another one is at it leaves the work to that one, so that a row of instant failures does not pile up on a stack.
     */
    private void pump() {
        if (pumps.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            for (Flight flight = lanes.next(); flight != null; flight = lanes.next()) {
                launch(flight);
            }
            seen = pumps.addAndGet(-seen);
        } while (seen != 0);
    }

    private void launch(Flight flight) {
        Permit permit = new Permit(flight);
        String objection = permit.objection();
        if (objection != null) {
            withhold(flight, objection);
            return;
        }
        if (flight.notification().takenOver()) {
            metrics.possibleDuplicate.inc();
        }
        long started = ticker.nanos();
        try {
            sender.send(flight, permit, result -> land(flight, result, Duration.ofNanos(ticker.nanos() - started)));
        } catch (RuntimeException e) {
            LOG.error("Notification {} cannot be sent", flight.id(), e);
            setAside(flight, "It cannot be sent: " + Judge.printable(String.valueOf(e.getMessage())));
        }
    }

    /** The right of a claimed notification to be sent: for a moment after its claim, and by asking again after that. */
    private final class Permit implements Clearance {

        private final Flight flight;
        private volatile long sendBefore;

        Permit(Flight flight) {
            this.flight = flight;
            this.sendBefore = flight.sendBefore();
        }

        @Override
        public @Nullable String objection() {
            if (stopped) {
                return "the node is stopping";
            }
            int shard = flight.notification().shard();
            if (!ours(shard, flight.epoch())) {
                return "shard " + shard + " is no longer ours";
            }
            if (ticker.nanos() - sendBefore > 0) {
                return "too little is left of its claim";
            }
            return null;
        }

        @Override
        public void renew(Consumer<Boolean> then) {
            try {
                renewals.execute(() -> then.accept(renewed()));
            } catch (RejectedExecutionException e) {
                LOG.debug("Notification {} is not sent on: too many ask, or the node is stopping", flight.id());
                then.accept(false);
            }
        }

        private boolean renewed() {
            long before = ticker.nanos();
            try {
                if (outbox.maySend(flight.id(), flight.token())) {
                    sendBefore = before + settings.sendWithin().toNanos();
                    return objection() == null;
                }
            } catch (RuntimeException e) {
                LOG.debug("Whether notification {} may be sent on cannot be told", flight.id(), e);
            }
            return false;
        }
    }

    private void land(Flight flight, Sender.Result result, Duration took) {
        if (result instanceof Sender.Result.Tried tried) {
            metrics.post.update(took);
            if (lanes.landed(flight, took, inTime(tried.verdict().outcome()))) {
                turned(flight.merchantId());
            }
            recorder.add(Completion.tried(flight, tried));
        } else if (result instanceof Sender.Result.HeldBack) {
            lanes.withheld(flight);
            park(flight);
        } else if (result instanceof Sender.Result.Busy) {
            lanes.busy(flight);
            recorder.add(
                    Completion.released(flight.notification(), flight.token(), true, flight.leaseEnds(), AFTER_BUSY));
        } else if (result instanceof Sender.Result.Impossible impossible) {
            setAside(flight, impossible.why());
        } else if (result instanceof Sender.Result.Withheld withheld) {
            withhold(flight, withheld.why());
        }
        pump();
    }

    /** Whether its merchant answered, be it with a refusal: then it could be asked more often. */
    private static boolean inTime(Outcome outcome) {
        return outcome == Outcome.DELIVERED || outcome == Outcome.STATUS || outcome == Outcome.BODY;
    }

    private void turned(long merchantId) {
        health.speedChanged(merchantId, lanes.slow(merchantId), lanes.average(merchantId));
    }

    /** The breaker of a merchant changed: what may go on goes on, and what may not is given back. */
    void reconsider(long merchantId) {
        lanes.reconsider(merchantId).forEach(this::park);
        pump();
    }

    private void setAside(Flight flight, String why) {
        lanes.withheld(flight);
        recorder.add(Completion.setAside(flight.notification(), flight.token(), true, flight.leaseEnds(), why));
    }

    private void withhold(Flight flight, String why) {
        LOG.debug("Notification {} is not sent: {}", flight.id(), why);
        lanes.withheld(flight);
        if (stopped || !ours(flight.notification().shard(), flight.epoch())) {
            giveBack(flight);
            return;
        }
        // there was no room for it here: in its old place it would be looked up again before all that there is room for
        recorder.add(Completion.released(flight.notification(), flight.token(), true, flight.leaseEnds(), AFTER_BUSY));
    }

    /** Its merchant must not be called: one that is merely off is told as soon as it is on again. */
    private void parkShut(Flight flight) {
        park(flight, lanes.broken(flight.merchantId()) ? settings.isolation().breakerWait() : Duration.ZERO);
    }

    private void park(Flight flight) {
        park(flight, settings.isolation().breakerWait());
    }

    /** No try is used up; it waits in its merchant's lane in the database. */
    private void park(Flight flight, Duration wait) {
        recorder.add(Completion.parked(flight.notification(), flight.token(), true, flight.leaseEnds(), wait));
    }

    /** Gives back claims of what the lanes handed back. */
    void release(List<Flight> flights) {
        flights.forEach(this::giveBack);
    }

    private void giveBack(Flight flight) {
        recorder.add(
                Completion.released(flight.notification(), flight.token(), true, flight.leaseEnds(), Duration.ZERO));
    }
}

package io.orderwatch.job.notification;

import io.orderwatch.dao.Database;
import io.orderwatch.dao.DatabaseUnavailableException;
import io.orderwatch.dao.cluster.ClusterStore;
import io.orderwatch.dao.notification.AttemptResult;
import io.orderwatch.dao.notification.ClaimResult;
import io.orderwatch.dao.notification.ClaimedNotification;
import io.orderwatch.dao.notification.MerchantStore;
import io.orderwatch.dao.notification.Next;
import io.orderwatch.dao.notification.NotificationState;
import io.orderwatch.dao.notification.NotificationStore;
import io.orderwatch.dao.notification.NotificationView;
import io.orderwatch.dao.notification.Visit;
import io.orderwatch.dao.order.OrderStore;
import io.orderwatch.job.KillPoints;
import io.orderwatch.job.Ticker;
import io.orderwatch.job.notification.RetryAnswer.Kind;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends an order's undelivered notifications now, for an operator, from any host. It goes through the same claim and
 * lock as the cluster, so with the retry job and another operator at it in the same moment the merchant is called once.
 * For one thread.
 */
public final class ManualRetry {

    private static final Logger LOG = LoggerFactory.getLogger(ManualRetry.class);
    private static final Duration AFTER_LOCKED = Duration.ofSeconds(1);
    private static final Duration GRACE = Duration.ofSeconds(2);
    private static final int SET_ASIDE = 2;

    private final Database database;
    private final Sender sender;
    private final NotificationLocks locks;
    private final DeliverySettings settings;
    private final Ticker ticker;
    private final RandomGenerator random = new SecureRandom();
    private final NotificationStore notifications = new NotificationStore();
    private final OrderStore orders = new OrderStore();
    private final ClusterStore cluster = new ClusterStore();
    private final MerchantDirectory directory;

    /** @param channels stay the caller's to close */
    public ManualRetry(
            Database database,
            Channels channels,
            NotificationLocks locks,
            DeliverySettings settings,
            InstantSource clock,
            Ticker ticker) {
        this.database = database;
        this.sender = new Sender(
                settings.deadline(), Breakers.none(), Slots.UNBOUNDED, clock, ticker, random, KillPoints.NONE);
        this.locks = locks;
        this.settings = settings;
        this.ticker = ticker;
        this.directory = new MerchantDirectory(
                ids -> database.inTransaction(tx -> new MerchantStore().find(tx, ids)),
                channels,
                Admission.byRow(),
                ticker);
    }

    /**
     * Tries all of the order's notifications that were not delivered, in the order of their events.
     *
     * @param actor who asks, such as {@code user@host}: shows as the sender and in the audit log
     * @return an answer for each notification of the order; one alone where it has none; never empty
     * @throws DatabaseUnavailableException when nothing could be looked up or claimed
     */
    public List<RetryAnswer> retry(String orderNo, String actor) throws InterruptedException {
        List<NotificationView> views = database.inTransaction(tx -> notifications.ofOrder(tx, orderNo));
        if (views.isEmpty()) {
            return List.of(nothing(orderNo));
        }
        List<RetryAnswer> answers = new ArrayList<>();
        for (NotificationView view : views) {
            answers.add(retry(orderNo, view, actor));
        }
        return answers;
    }

    /**
     * Tries one notification, if it was not delivered.
     *
     * @param publicId as merchants and logs have it, {@code ow_18}, or the number alone
     * @param actor as for {@link #retry}
     */
    public RetryAnswer retryNotification(String publicId, String actor) throws InterruptedException {
        OptionalLong id = Message.number(publicId);
        List<NotificationView> views =
                id.isEmpty() ? List.of() : database.inTransaction(tx -> notifications.byId(tx, id.getAsLong()));
        return views.isEmpty()
                ? new RetryAnswer(Kind.NO_NOTIFICATION, null, "There is no notification " + Judge.printable(publicId))
                : retry(Message.id(views.get(0).id()), views.get(0), actor);
    }

    private RetryAnswer nothing(String orderNo) {
        boolean known = database.inTransaction(tx -> orders.findId(tx, orderNo)).isPresent();
        return known
                ? new RetryAnswer(Kind.NO_NOTIFICATION, null, "Order " + orderNo + " has no notification")
                : new RetryAnswer(Kind.UNKNOWN_ORDER, null, "There is no order " + orderNo);
    }

    private RetryAnswer retry(String subject, NotificationView view, String actor) throws InterruptedException {
        if (view.state() == NotificationState.DELIVERED || view.held() == SET_ASIDE) {
            return untouched(view);
        }
        Recipient recipient = directory.find(List.of(view.merchantId())).get(view.merchantId());
        String obstacle = obstacle(recipient, view);
        if (obstacle != null) {
            return answer(Kind.UNREACHABLE, view, "cannot be sent, and stays as it is: " + obstacle);
        }
        long token = random.nextLong(1, Long.MAX_VALUE);
        long before = ticker.nanos();
        ClaimResult result = database.inTransaction(tx -> {
            ClaimResult claim = notifications.claimByHand(tx, actor, view.id(), token, settings.lease());
            if (!claim.claimed().isEmpty()) {
                String detail = Message.id(view.id()) + " (" + view.event() + "), was " + view.state();
                cluster.audit(tx, actor, "retry-notify", subject, detail);
            }
            return claim;
        });
        if (result.held() > 0) {
            return answer(Kind.HELD, view, "is held: its user, group, strategy or merchant is off");
        }
        if (result.claimed().isEmpty()) {
            return lostRace(view);
        }
        return send(result.claimed().get(0), (Recipient.Reachable) recipient, view, actor, token, before);
    }

    /** Why there is nobody to send it to; null where there is. Found out before the claim, which would wake a DEAD row. */
    private @Nullable String obstacle(Recipient recipient, NotificationView view) {
        if (recipient instanceof Recipient.Unreachable unreachable) {
            return unreachable.reason();
        }
        Recipient.Reachable reachable = (Recipient.Reachable) recipient;
        return reachable.route().order(view.event(), true, random).isEmpty()
                ? "merchant " + view.merchantId() + " has no endpoint that takes " + view.event()
                : null;
    }

    /** Somebody was faster, or is at it. */
    private RetryAnswer lostRace(NotificationView view) {
        Optional<NotificationView> now = database.inTransaction(tx -> notifications.byId(tx, view.id())).stream()
                .findFirst();
        return now.map(this::untouched).orElseGet(() -> answer(Kind.NO_NOTIFICATION, view, "was removed a moment ago"));
    }

    private RetryAnswer untouched(NotificationView view) {
        if (view.held() == SET_ASIDE) {
            return answer(
                    Kind.SET_ASIDE,
                    view,
                    "is set aside: " + view.setAsideReason()
                            + ". When that is mended: UPDATE notifications SET held = 0 WHERE id = " + view.id());
        }
        return switch (view.state()) {
            case DELIVERED -> answer(Kind.ALREADY_DELIVERED, view, "was delivered at " + view.finishedAt());
            case SENDING ->
                answer(
                        Kind.BEING_SENT,
                        view,
                        "is being sent by " + view.claimedBy() + ", which has until " + view.leaseUntil());
            // the other one was through with it before we looked again
            case READY, DEAD ->
                answer(Kind.BEING_SENT, view, "was just tried by " + view.claimedBy() + ": " + view.lastOutcome());
        };
    }

    private RetryAnswer send(
            ClaimedNotification n,
            Recipient.Reachable recipient,
            NotificationView view,
            String actor,
            long token,
            long before)
            throws InterruptedException {
        long leaseEnds = before + settings.lease().toNanos();
        if (!locks.acquire(List.of(n.id()), token, settings.lease()).contains(n.id())) {
            write(actor, Completion.released(n, token, false, leaseEnds, AFTER_LOCKED));
            return answer(Kind.BEING_SENT, view, "is locked by another sender; it frees itself within seconds");
        }
        try {
            long sendBefore = before + settings.sendWithin().toNanos();
            return call(new Flight(n, recipient, token, 0, sendBefore, leaseEnds), view, actor);
        } finally {
            locks.release(Map.of(n.id(), token));
        }
    }

    private RetryAnswer call(Flight flight, NotificationView view, String actor) throws InterruptedException {
        Sender.Result result = await(flight);
        if (!(result instanceof Sender.Result.Tried tried)) {
            String why = result instanceof Sender.Result.Withheld withheld
                    ? withheld.why()
                    : ((Sender.Result.Impossible) result).why();
            write(
                    actor,
                    Completion.released(
                            flight.notification(), flight.token(), false, flight.leaseEnds(), Duration.ZERO));
            return answer(Kind.FAILED, view, "was not sent: " + why + "; the cluster goes on with it");
        }
        boolean written = write(actor, Completion.tried(flight, tried));
        String what = what(tried, flight);
        if (!written) {
            return answer(
                    Kind.NOT_RECORDED, view, what + ", but that could not be written: the cluster will send it again");
        }
        if (tried.verdict().delivered()) {
            return answer(Kind.DELIVERED, view, what);
        }
        String then = tried.next() instanceof Next.Retry retry
                ? "; the cluster tries again in " + retry.in().toSeconds() + " s"
                : "; that was its last try, and it is DEAD";
        return answer(Kind.FAILED, view, what + then);
    }

    /** Waits for the try, and meanwhile runs what it asks of the database: never on a thread of a channel. */
    private Sender.Result await(Flight flight) throws InterruptedException {
        BlockingQueue<Runnable> errands = new LinkedBlockingQueue<>();
        CompletableFuture<Sender.Result> done = new CompletableFuture<>();
        sender.send(flight, new Pass(flight, errands), result -> {
            done.complete(result);
            errands.add(() -> {});
        });
        long until = ticker.nanos() + settings.deadline().plus(GRACE).toNanos();
        while (!done.isDone()) {
            Runnable errand = errands.poll(until - ticker.nanos(), TimeUnit.NANOSECONDS);
            if (errand == null) {
                // every call has a deadline of its own, so this is a defect, and what it hides is unknown
                throw new IllegalStateException(
                        "Notification " + flight.id() + " got no answer in time; its claim runs out by itself");
            }
            errand.run();
        }
        return done.join();
    }

    /** The right of a claimed notification to be sent: for a moment after its claim, and by asking again after that. */
    private final class Pass implements Clearance {

        private final Flight flight;
        private final Queue<Runnable> errands;
        private volatile long sendBefore;

        Pass(Flight flight, Queue<Runnable> errands) {
            this.flight = flight;
            this.errands = errands;
            this.sendBefore = flight.sendBefore();
        }

        @Override
        public @Nullable String objection() {
            return ticker.nanos() - sendBefore > 0 ? "too little is left of its claim" : null;
        }

        @Override
        public void renew(Consumer<Boolean> then) {
            errands.add(() -> then.accept(renewed()));
        }

        private boolean renewed() {
            long before = ticker.nanos();
            try {
                boolean may = database.inTransaction(tx -> notifications.maySend(tx, flight.id(), flight.token()));
                sendBefore = before + settings.sendWithin().toNanos();
                return may;
            } catch (DatabaseUnavailableException e) {
                LOG.debug("Whether notification {} may be sent on cannot be told: {}", flight.id(), e.getMessage());
                return false;
            }
        }
    }

    private static String what(Sender.Result.Tried tried, Flight flight) {
        Verdict verdict = tried.verdict();
        String status = verdict.httpStatus() == null ? "" : " HTTP " + verdict.httpStatus();
        long took = tried.visits().stream()
                .mapToLong(visit -> visit.took().toMillis())
                .sum();
        Visit last = tried.visits().get(tried.visits().size() - 1);
        String after = " after " + took + " ms"
                + (tried.visits().size() == 1
                        ? ""
                        : ", by endpoint " + last.endpointId() + ", the last of "
                                + tried.visits().size());
        if (verdict.delivered()) {
            return "was delivered to merchant " + flight.merchantId() + " now:" + status + after;
        }
        String detail = verdict.detail() == null ? "" : ", " + verdict.detail();
        return "was not accepted by merchant " + flight.merchantId() + ": " + verdict.outcome() + status + detail
                + after;
    }

    /** Writes the result while the claim lasts. */
    private boolean write(String actor, Completion completion) throws InterruptedException {
        Backoff backoff = new Backoff(random);
        AttemptResult result = completion.result();
        while (true) {
            try {
                List<AttemptResult> stale =
                        database.inTransaction(tx -> notifications.record(tx, actor, List.of(result)));
                return stale.isEmpty();
            } catch (DatabaseUnavailableException e) {
                LOG.debug("The result of notification {} is not written yet: {}", completion.id(), e.getMessage());
                if (ticker.nanos() - completion.leaseEnds() > 0) {
                    return false;
                }
                Thread.sleep(backoff.next().toMillis());
            }
        }
    }

    private static RetryAnswer answer(Kind kind, NotificationView view, String predicate) {
        return new RetryAnswer(kind, view.id(), Message.id(view.id()) + " (" + view.event() + ") " + predicate);
    }
}

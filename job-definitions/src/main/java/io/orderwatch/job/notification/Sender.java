package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.Endpoint;
import io.orderwatch.dao.notification.Next;
import io.orderwatch.dao.notification.Visit;
import io.orderwatch.dao.notification.Visit.Doubt;
import io.orderwatch.job.KillPoints;
import io.orderwatch.job.KillPoints.Place;
import io.orderwatch.job.Ticker;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes tries, for the cluster and for operators alike. Safe for use by many threads.
 *
 * <p>A try asks the merchant's endpoints one after the other, under one claim and one total deadline, until one accepts.
 * It goes on to the next only where the last one certainly did not accept: no address, no connection, no TLS session, an
 * address that must not be called, or a 5xx. After a request that may have arrived (no answer in time, a broken
 * connection) the next call could only be a duplicate, so the try ends and the plan decides; and any other answer is the
 * merchant's word. Where no other try follows, the fallback endpoints are asked whatever went before: a possible
 * duplicate is better than a notification that never comes.
 */
final class Sender {

    private static final Logger LOG = LoggerFactory.getLogger(Sender.class);

    /** With less left of the deadline no other endpoint is asked. */
    private static final Duration LEAST = Duration.ofMillis(250);
    /** After that, and up to twice that, a fallback that had no room is asked again. */
    private static final Duration FALLBACK_BUSY = Duration.ofSeconds(5);

    private final Duration deadline;
    private final Breakers breakers;
    private final Slots slots;
    private final InstantSource clock;
    private final Ticker ticker;
    private final RandomGenerator random;
    private final KillPoints killPoints;

    /** @param deadline from the start of a try to the last byte of its last answer */
    Sender(
            Duration deadline,
            Breakers breakers,
            Slots slots,
            InstantSource clock,
            Ticker ticker,
            RandomGenerator random,
            KillPoints killPoints) {
        this.deadline = deadline;
        this.breakers = breakers;
        this.slots = slots;
        this.clock = clock;
        this.ticker = ticker;
        this.random = random;
        this.killPoints = killPoints;
    }

    /** What came of a try. */
    sealed interface Result {

        /** Endpoints were called, and the try is used up. */
        record Tried(List<Visit> visits, Verdict verdict, Next next) implements Result {}

        /** None was called, and no try is used up. */
        record Withheld(String why) implements Result {}

        /** The breakers of all of them hold it back: none was called, and no try is used up. */
        record HeldBack() implements Result {}

        /** Those that it should go to have as much under way as they may: none was called, and no try is used up. */
        record Busy() implements Result {}

        /** None can be called until somebody mends a row. */
        record Impossible(String why) implements Result {}
    }

    /**
     * Starts a try.
     *
     * @param then told once what came of it, on a thread of a channel, or before this method returns
     */
    void send(Flight flight, Clearance clearance, Consumer<Result> then) {
        boolean last = flight.recipient().plan().last(flight.attempt());
        String event = flight.notification().event();
        List<Target> order = flight.recipient().route().order(event, last, random);
        if (order.isEmpty()) {
            then.accept(new Result.Impossible(
                    "Merchant " + flight.merchantId() + " has no endpoint that takes " + Judge.printable(event)));
            return;
        }
        new Try(flight, clearance, then, order).call();
    }

    /** One try. Its calls follow each other, each on the thread that brought the answer of the one before. */
    private final class Try {

        private final Flight flight;
        private final Clearance clearance;
        private final Consumer<Result> then;
        private final List<Target> order;
        private final List<Visit> visits = new ArrayList<>(1);
        private final byte[] body;
        private final long ends;
        private final boolean several;
        private int step;
        private boolean fallbackBusy;
        private @Nullable Verdict verdict;

        Try(Flight flight, Clearance clearance, Consumer<Result> then, List<Target> order) {
            this.flight = flight;
            this.clearance = clearance;
            this.then = then;
            this.order = order;
            this.several = !flight.recipient().route().single();
            this.body = flight.notification().body().getBytes(StandardCharsets.UTF_8);
            this.ends = ticker.nanos() + deadline.toNanos();
        }

        void call() {
            Breakers.Pass pass = pass();
            if (pass == null) {
                return;
            }
            Target target = order.get(step);
            Instant startedAt = clock.instant();
            long started = ticker.nanos();
            Duration left = Duration.ofNanos(ends - started);
            Message message =
                    new Message(Message.id(flight.id()), flight.notification().event(), body, left);
            try {
                target.send(message, this::lastLook, reply -> heard(target, pass, reply, startedAt, started));
            } catch (RuntimeException e) {
                free(target);
                breakers.unused(pass);
                throw e;
            }
        }

        private @Nullable String lastLook() {
            String objection = clearance.objection();
            if (objection == null) {
                killPoints.pass(Place.BEFORE_SEND);
            }
            return objection;
        }

        /**
         * For the next endpoint whose breaker lets it through and that has room; null where there is none, and then the
         * try has ended. A fallback comes in where a call failed, and not where none was made. One of a lower priority
         * does not stand in for one that is merely busy.
         */
        private Breakers.@Nullable Pass pass() {
            boolean fallbacksOnly = order.get(0).endpoint().preference().fallback();
            int lowest = Integer.MAX_VALUE;
            boolean broken = false;
            for (; step < order.size(); step++) {
                Endpoint endpoint = order.get(step).endpoint();
                boolean fallback = endpoint.preference().fallback();
                if (verdict == null
                        && ((fallback && !fallbacksOnly)
                                || (endpoint.preference().priority() > lowest && !broken))) {
                    break;
                }
                Breakers.Pass pass = breakers.pass(flight.merchantId(), endpoint.id());
                if (pass == null) {
                    broken = true;
                    continue;
                }
                int cap = Gate.cap(endpoint);
                // a probe is one request in any case; a breaker that has just closed lets through ever more
                int most = pass.probe() ? cap : breakers.allowed(endpoint.id(), cap);
                if (!several || slots.take(endpoint, most)) {
                    return pass;
                }
                breakers.unused(pass);
                fallbackBusy |= fallback;
                broken |= most < cap;
                lowest = endpoint.preference().priority();
            }
            if (verdict != null) {
                end("");
            } else {
                then.accept(lowest == Integer.MAX_VALUE ? new Result.HeldBack() : new Result.Busy());
            }
            return null;
        }

        private void free(Target target) {
            if (several) {
                slots.free(target.endpoint());
            }
        }

        private void heard(Target target, Breakers.Pass pass, Reply reply, Instant startedAt, long started) {
            free(target);
            if (reply instanceof Reply.Withheld withheld) {
                breakers.unused(pass);
                end(withheld.why());
                return;
            }
            Verdict now = Judge.judge(reply, flight.recipient().rule(), clock.instant());
            if (now.outcome().answered()) {
                killPoints.pass(now.delivered() ? Place.AFTER_ANSWER : Place.AFTER_REFUSAL);
            }
            breakers.report(pass, now.delivered(), Duration.ofNanos(ticker.nanos() - started));
            verdict = now;
            visits.add(new Visit(
                    target.endpoint().id(),
                    startedAt,
                    Duration.ofNanos(ticker.nanos() - started),
                    now.outcome().name(),
                    now.httpStatus(),
                    now.detail(),
                    doubt(now)));
            int next = now.delivered() ? order.size() : following(now);
            if (next == order.size() || ends - ticker.nanos() < LEAST.toNanos()) {
                end("");
                return;
            }
            step = next;
            goOn();
        }

        private Doubt doubt(Verdict now) {
            if (now.uncertain()) {
                return Doubt.UNHEARD;
            }
            return flight.notification().takenOver() ? Doubt.TAKEN_OVER : Doubt.NONE;
        }

        /** The endpoint that may be asked now; one past the end when none may. */
        private int following(Verdict now) {
            int next = step + 1;
            while (next < order.size()
                    && !now.certainlyRefused()
                    && !order.get(next).endpoint().preference().fallback()) {
                next++;
            }
            return next;
        }

        private void goOn() {
            if (clearance.objection() == null) {
                callNext();
                return;
            }
            clearance.renew(may -> {
                if (may && ends - ticker.nanos() >= LEAST.toNanos()) {
                    callNext();
                } else {
                    end("");
                }
            });
        }

        /** What was heard already must not get lost with an endpoint that cannot even be asked. */
        private void callNext() {
            try {
                call();
            } catch (RuntimeException e) {
                LOG.error(
                        "Notification {} cannot be sent to {}",
                        flight.id(),
                        order.get(step).endpoint(),
                        e);
                end("");
            }
        }

        private void end(String why) {
            Verdict decided = verdict;
            if (decided == null) {
                then.accept(new Result.Withheld(why));
                return;
            }
            Next next = flight.recipient().plan().next(decided, flight.attempt(), random);
            if (next instanceof Next.Dead && fallbackBusy) {
                // its last way out has no room now, which is no reason to give it up
                next = new Next.Retry(FALLBACK_BUSY.plusMillis(random.nextLong(FALLBACK_BUSY.toMillis())));
            }
            then.accept(new Result.Tried(List.copyOf(visits), decided, next));
        }
    }
}

package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.DueNotification;
import io.orderwatch.job.Ticker;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * All that waits and all that is under way, a lane per merchant. An id moves: queued, claiming, ready, sending, landed
 * (one that is claimed as it is written begins as claiming), and is forgotten when its result is written; while it is anywhere here it is not taken in again. Merchants take turns,
 * both to be claimed and to get a socket. Safe for use by many threads.
 */
final class Lanes {

    private static final Duration WINDOW = Duration.ofMillis(100);
    private static final int LOW_WATER = 4;
    private static final int REMEMBERED = 10_000;
    private static final int LEAST_TO_GIVE_WAY = 64;
    private static final int MUCH_SHORTER = 4;
    /** Of the room of all queues, what retries leave to first tries. */
    private static final int LEFT_TO_FIRST_TRIES = 4;
    /** Of the sockets that are left, what one merchant may have that answers nothing. */
    private static final int SHARE_OF_THE_REST = 4;

    private final DeliverySettings settings;
    private final Breakers breakers;
    private final DoubleSupplier share;
    private final Ticker ticker;

    private final ReentrantLock lock = new ReentrantLock();
    /** Something can be claimed, or claiming has ended. */
    private final Condition claimable = lock.newCondition();
    /** A queue is shorter, or nothing is under way any more. */
    private final Condition eased = lock.newCondition();
    /** More may be claimed. */
    private final Condition freed = lock.newCondition();

    private final Map<Long, Lane> lanes = new HashMap<>();
    private final Set<Long> present = new HashSet<>();
    private final Deque<Lane> claimRing = new ArrayDeque<>();
    private final Deque<Lane> sendRing = new ArrayDeque<>();
    /** The same for merchants that are slow, who share a few requests. */
    private final Deque<Lane> slowClaimRing = new ArrayDeque<>();

    private final Deque<Lane> slowSendRing = new ArrayDeque<>();
    private final Set<Lane> slow = new HashSet<>();
    /** Lanes that wait for their next token, and when that comes. */
    private final PriorityQueue<Resting> resting = new PriorityQueue<>(Comparator.comparingLong(Resting::until));

    private final Set<Long> strangers = new LinkedHashSet<>();
    private final RecentSends recentSends;
    /** Written as claimed, and not yet on their way. */
    private final Deque<Boarding> boardings = new ArrayDeque<>();

    private int queued;
    private int claiming;
    private int ready;
    private int sending;
    private int landed;
    private long windowEnds;
    private int answeredNow;
    private int answeredBefore;
    /** When something was claimed after nothing had been under way. */
    private long busySince;

    private boolean full;
    private boolean closed;

    /** @param share of the rates of endpoints that is this node's, up to 1 */
    Lanes(DeliverySettings settings, Breakers breakers, DoubleSupplier share, Ticker ticker) {
        this.settings = settings;
        this.breakers = breakers;
        this.share = share;
        this.ticker = ticker;
        this.busySince = ticker.nanos() - 2 * WINDOW.toNanos();
        this.recentSends = new RecentSends(WINDOW, ticker.nanos());
    }

    private record Resting(Lane lane, long until) {}

    /**
     * What became of ids that were offered.
     *
     * @param accepted now queued
     * @param refused for want of room
     * @param crowded of those, the ones whose merchant's own queue has no room, or whose merchant must not be called now
     */
    record Offered(int accepted, int refused, List<DueNotification> crowded) {}

    /** Queues the ids that are not here yet, as far as there is room. */
    Offered offer(Collection<DueNotification> due) {
        lock.lock();
        try {
            int accepted = 0;
            int refused = 0;
            List<DueNotification> crowded = new ArrayList<>();
            long now = ticker.nanos();
            for (DueNotification one : due) {
                if (closed) {
                    refused++;
                } else if (!present.contains(one.id())) {
                    Lane lane = lanes.computeIfAbsent(
                            one.merchantId(), id -> new Lane(id, WINDOW.toNanos(), settings.isolation(), breakers));
                    if (!hasRoom(lane)) {
                        lane.cutOff = true;
                        crowded.add(one);
                        refused++;
                    } else if (queued >= settings.queueLimit() && !makeRoom(lane)) {
                        full = true;
                        refused++;
                    } else {
                        queue(lane, one, now);
                        accepted++;
                    }
                }
            }
            return new Offered(accepted, refused, crowded);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes places for notifications that are about to be written as claimed, in the order given. Where anything waits in
     * its merchant's queue, that comes first, and so does what others could be told now.
     *
     * @return those that have a place now: they are claiming
     */
    List<DueNotification> board(Collection<DueNotification> fresh) {
        lock.lock();
        try {
            List<DueNotification> places = new ArrayList<>();
            long now = ticker.nanos();
            int most = places(now);
            for (DueNotification one : fresh) {
                Lane lane = lanes.get(one.merchantId());
                if (places.size() < most
                        && lane != null
                        && lane.queued() == 0
                        && !lane.speed.slow()
                        && lane.room(now) > 0
                        && !hogs(lane, now)
                        && present.add(one.id())) {
                    begin(now);
                    lane.takeToken();
                    lane.claiming++;
                    claiming++;
                    places.add(one);
                }
            }
            return places;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for so many places, as long as answers come in, or cannot have come yet.
     *
     * @return how many there are; fewer, where that took too long
     */
    int awaitPlaces(int enough, Duration most) throws InterruptedException {
        lock.lock();
        try {
            long left = most.toNanos();
            long now = ticker.nanos();
            int places = places(now);
            while (!closed && places < enough && left > 0 && (answersComeIn() || tooEarlyForAnswers(now))) {
                left = freed.awaitNanos(left);
                now = ticker.nanos();
                places = places(now);
            }
            return places;
        } finally {
            lock.unlock();
        }
    }

    /** Whether the first ones may be on their way still: that none answered yet does not mean that they hang. */
    private boolean tooEarlyForAnswers(long now) {
        return now - busySince < 2 * WINDOW.toNanos();
    }

    private void begin(long now) {
        if (claiming + ready + sending == 0) {
            busySince = now;
        }
    }

    private int places(long now) {
        return closed ? 0 : free() - claimableNow(now);
    }

    /** What waits and could be claimed at once. What rests, or hangs, does not count: it has no use for a place. */
    private int claimableNow(long now) {
        int slowOnes = 0;
        for (Lane lane : slowClaimRing) {
            slowOnes += claimableNow(lane, now);
        }
        int sum = Math.min(slowOnes, Math.max(0, slowFree()));
        for (Lane lane : claimRing) {
            sum += claimableNow(lane, now);
        }
        return sum;
    }

    private static int claimableNow(Lane lane, long now) {
        return Math.min(lane.queued(), Math.max(0, lane.room(now)));
    }

    /** Gives the tokens of places back that were taken for nothing: it was not sent, and is queued again. */
    void refund(Collection<DueNotification> places) {
        lock.lock();
        try {
            places.forEach(one -> lanes.get(one.merchantId()).putTokenBack());
        } finally {
            lock.unlock();
        }
    }

    /** Gives places back: what they were taken for was not written. */
    void leave(Collection<DueNotification> places) {
        if (places.isEmpty()) {
            return;
        }
        lock.lock();
        try {
            long now = ticker.nanos();
            for (DueNotification one : places) {
                Lane lane = lanes.get(one.merchantId());
                lane.putTokenBack();
                lane.claiming--;
                claiming--;
                present.remove(one.id());
                offerToClaim(lane, now);
            }
            if (claimRing.size() + slowClaimRing.size() > 0) {
                claimable.signal();
            }
            signalWhenEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Hands over what was written as claimed. False: no more is taken in, and it has to be released. */
    boolean boarded(Boarding boarding) {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            boardings.add(boarding);
            claimable.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** What was handed over first; null when there is nothing. */
    @Nullable Boarding nextBoarding() {
        lock.lock();
        try {
            return boardings.poll();
        } finally {
            lock.unlock();
        }
    }

    private boolean hasRoom(Lane lane) {
        return lane.queued() < settings.merchantQueueLimit() && !lane.shut();
    }

    /**
     * Where all queues together are full, the longest gives way to a much shorter one: its later half is forgotten, and
     * found in the database when its turn comes.
     */
    private boolean makeRoom(Lane newcomer) {
        Lane longest = newcomer;
        for (Lane lane : lanes.values()) {
            longest = lane.queued() > longest.queued() ? lane : longest;
        }
        if (longest.queued() < LEAST_TO_GIVE_WAY || longest.queued() < MUCH_SHORTER * (newcomer.queued() + 1)) {
            return false;
        }
        queued -= longest.giveWay(present);
        return true;
    }

    private void queue(Lane lane, DueNotification one, long now) {
        present.add(one.id());
        lane.queue(one);
        queued++;
        if (lane.known()) {
            offerToClaim(lane, now);
        } else if (strangers.add(lane.merchantId)) {
            claimable.signal();
        }
    }

    private void offerToClaim(Lane lane, long now) {
        if (lane.inClaimable || lane.queued() == 0) {
            return;
        }
        if (lane.room(now) > 0) {
            lane.inClaimable = true;
            Deque<Lane> ring = lane.speed.slow() ? slowClaimRing : claimRing;
            ring.add(lane);
            // each ring by itself: while the slow ones wait for each other, the others must not wait with them
            if (ring.size() == 1) {
                claimable.signal();
            }
        } else {
            rest(lane, now);
        }
    }

    private void rest(Lane lane, long now) {
        long wait = lane.rests(now);
        if (wait > 0 && !lane.resting) {
            lane.resting = true;
            resting.add(new Resting(lane, now + wait));
            claimable.signal();
        }
    }

    private void wakeRested(long now) {
        for (Resting next = resting.peek(); next != null && next.until() - now <= 0; next = resting.peek()) {
            resting.remove();
            next.lane().resting = false;
            offerToClaim(next.lane(), now);
        }
    }

    private void offerToSend(Lane lane) {
        if (!lane.inSendable && lane.maySend()) {
            lane.inSendable = true;
            (lane.speed.slow() ? slowSendRing : sendRing).add(lane);
        }
    }

    /** Merchants that have something queued and whose limit was never told. */
    List<Long> strangers(int most) {
        lock.lock();
        try {
            List<Long> some = new ArrayList<>();
            Iterator<Long> each = strangers.iterator();
            while (each.hasNext() && some.size() < most) {
                some.add(each.next());
            }
            return some;
        } finally {
            lock.unlock();
        }
    }

    /** Tells how many requests merchants may get at a time. */
    void limits(Map<Long, Recipient> recipients) {
        lock.lock();
        try {
            long now = ticker.nanos();
            recipients.forEach((merchantId, recipient) -> {
                strangers.remove(merchantId);
                Lane lane = lanes.get(merchantId);
                if (lane != null) {
                    lane.limits(Gate.of(recipient), share.getAsDouble(), now);
                    if (lane.shut()) {
                        forgetQueue(lane);
                    }
                    offerToClaim(lane, now);
                    offerToSend(lane);
                }
            });
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until there is something to claim, or to learn about merchants. While much is under way it waits a moment
     * longer, so that batches grow with the load; what is claimed already keeps the sockets busy meanwhile.
     *
     * @return false when that did not happen in time, or claiming has ended
     */
    boolean awaitWork(Duration most) throws InterruptedException {
        lock.lock();
        try {
            long left = most.toNanos();
            while (!closed && !workable()) {
                if (left <= 0) {
                    return false;
                }
                long rest = restsAtMost(left);
                left -= rest - claimable.awaitNanos(rest);
            }
            linger();
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    private boolean workable() {
        wakeRested(ticker.nanos());
        return !strangers.isEmpty()
                || !boardings.isEmpty()
                || (free() > 0 && (!claimRing.isEmpty() || (!slowClaimRing.isEmpty() && slowFree() > 0)));
    }

    private long restsAtMost(long left) {
        Resting next = resting.peek();
        return next == null ? left : Math.max(1, Math.min(left, next.until() - ticker.nanos()));
    }

    private int free() {
        roll(ticker.nanos());
        return stuck() ? 0 : settings.maxClaimed() - claiming - ready - sending - landed;
    }

    /** With all sockets taken and no answer coming, what is claimed ahead would only wait until its time is over. */
    private boolean stuck() {
        return sending >= settings.maxInFlight() && !answersComeIn();
    }

    private boolean answersComeIn() {
        return answeredNow + answeredBefore > 0;
    }

    private void roll(long now) {
        if (now - windowEnds >= 0) {
            answeredBefore = now - windowEnds < WINDOW.toNanos() ? answeredNow : 0;
            answeredNow = 0;
            windowEnds = now + WINDOW.toNanos();
        }
    }

    private int slowMost() {
        return Math.max(1, settings.maxInFlight() * settings.isolation().slowShare() / 100);
    }

    /** How many more slow merchants together may have claimed: what waited for one of their sockets would wait long. */
    private int slowFree() {
        int underWay = 0;
        for (Lane lane : slow) {
            underWay += lane.underWay();
        }
        return slowMost() - underWay;
    }

    /** Where sockets run short, who has many and answers none of them gets no more. */
    private boolean hogs(Lane lane, long now) {
        int left = settings.maxInFlight() - claiming - ready - sending;
        return lane.underWay() > 0
                && left < settings.maxInFlight() / 2
                && lane.underWay() >= Math.max(1, left / SHARE_OF_THE_REST)
                && !lane.answeredLately(now);
    }

    private void linger() throws InterruptedException {
        long step = settings.linger().toNanos();
        long until = ticker.nanos() + 10 * step;
        boolean first = true;
        while (!closed && strangers.isEmpty() && boardings.isEmpty() && busy()) {
            boolean supplied = socketsShort() && ready > settings.maxInFlight() / 2;
            if (enough() || (!first && !supplied) || ticker.nanos() - until >= 0) {
                return;
            }
            first = false;
            claimable.awaitNanos(step);
        }
    }

    /**
     * Whether company will come soon: of what is written, of what waits for a socket, and of what was sent lately. What
     * hangs brings none, be it all that is under way or beside others that answer, nor does what is claimed for who hangs.
     */
    private boolean busy() {
        long now = ticker.nanos();
        roll(now);
        return landed > 0 || socketsShort() || (recentSends.any(now) && answersComeIn());
    }

    /** Whether something waits for nothing but a socket. */
    private boolean socketsShort() {
        return sending >= settings.maxInFlight() && sendRing.size() + slowSendRing.size() > 0;
    }

    private boolean enough() {
        int most = Math.min(settings.batchSize(), free());
        long now = ticker.nanos();
        int found = 0;
        for (Lane lane : claimRing) {
            found += claimableNow(lane, now);
            if (found >= most) {
                return true;
            }
        }
        return false;
    }

    /** Hands out ids to be claimed, of each merchant that has room one in turn. */
    List<DueNotification> take() {
        lock.lock();
        try {
            List<DueNotification> batch = new ArrayList<>();
            long now = ticker.nanos();
            wakeRested(now);
            int most = closed ? 0 : Math.min(settings.batchSize(), free());
            take(slowClaimRing, Math.min(most, slowFree()), batch, now);
            take(claimRing, most, batch, now);
            full = full && queued > settings.queueLimit() / LOW_WATER;
            eased.signalAll();
            return batch;
        } finally {
            lock.unlock();
        }
    }

    private void take(Deque<Lane> ring, int most, List<DueNotification> batch, long now) {
        while (batch.size() < most && !ring.isEmpty()) {
            Lane lane = ring.poll();
            lane.inClaimable = false;
            if (hogs(lane, now)) {
                // it comes again by its own answers
                continue;
            }
            DueNotification next = lane.queued() > 0 && lane.room(now) > 0 ? lane.poll() : null;
            if (next != null) {
                begin(now);
                batch.add(next);
                lane.claiming++;
                queued--;
                claiming++;
                ease(lane);
            }
            offerToClaim(lane, now);
        }
    }

    private void ease(Lane lane) {
        if (lane.cutOff && lane.queued() <= settings.merchantQueueLimit() / LOW_WATER && !lane.shut()) {
            lane.cutOff = false;
        }
    }

    /** Puts ids back at the head of their queues: their claim could not be made. */
    void giveBack(List<DueNotification> batch) {
        lock.lock();
        try {
            long now = ticker.nanos();
            for (int i = batch.size() - 1; i >= 0; i--) {
                DueNotification one = batch.get(i);
                Lane lane = lanes.get(one.merchantId());
                lane.claiming--;
                lane.queueFirst(one);
                offerToClaim(lane, now);
            }
            claiming -= batch.size();
            queued += batch.size();
            signalWhenEmpty();
        } finally {
            lock.unlock();
        }
    }

    /**
     * A claim is through.
     *
     * @param batch what was taken for it
     * @param flights what is to be sent
     * @param landing ids that were claimed and will not be sent: their result is on its way to be written
     * @return of the flights, those whose merchant must not be called any more: they are landed, to be parked
     */
    List<Flight> claimed(List<DueNotification> batch, List<Flight> flights, Set<Long> landing) {
        lock.lock();
        try {
            Set<Long> kept = new HashSet<>(landing);
            flights.forEach(flight -> kept.add(flight.id()));
            for (DueNotification one : batch) {
                lanes.get(one.merchantId()).claiming--;
                if (!kept.contains(one.id())) {
                    present.remove(one.id());
                }
            }
            claiming -= batch.size();
            List<Flight> back = new ArrayList<>();
            for (Flight flight : flights) {
                Lane lane = lanes.get(flight.merchantId());
                // while it was claimed, its breaker may have opened, or its merchant been switched off
                if (lane.shut()) {
                    lane.putTokenBack();
                    back.add(flight);
                } else {
                    lane.ready.add(flight);
                }
            }
            ready += flights.size() - back.size();
            landed += landing.size() + back.size();
            long now = ticker.nanos();
            for (DueNotification one : batch) {
                Lane lane = lanes.get(one.merchantId());
                if (lane != null) {
                    offerToSend(lane);
                    offerToClaim(lane, now);
                    forgetIdle(lane);
                }
            }
            signalWhenEmpty();
            return back;
        } finally {
            lock.unlock();
        }
    }

    /** The next to be sent, of the merchants in turn; null while no socket is free or nothing is ready. */
    @Nullable Flight next() {
        lock.lock();
        try {
            while (sending < settings.maxInFlight()) {
                // what slow merchants have claimed is bounded already
                Lane lane = slowSendRing.isEmpty() ? sendRing.poll() : slowSendRing.poll();
                if (lane == null) {
                    return null;
                }
                lane.inSendable = false;
                if (lane.maySend()) {
                    Flight flight = lane.ready.poll();
                    ready--;
                    lane.sending++;
                    sending++;
                    if (lane.answers) {
                        recentSends.sent(flight.id(), ticker.nanos());
                    }
                    offerToSend(lane);
                    return flight;
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * A request has ended, whatever came of it; its result is on its way to be written.
     *
     * @param answered whether its merchant answered in time, whatever it said
     * @return whether its merchant became slow, or fast again, by this
     */
    boolean landed(Flight flight, Duration took, boolean answered) {
        lock.lock();
        try {
            Lane lane = lanes.get(flight.merchantId());
            long now = ticker.nanos();
            lane.answered(now, answered, answered || took.compareTo(WINDOW) < 0);
            boolean turned = lane.speed.answered(took);
            if (turned) {
                turn(lane);
            }
            land(flight, lane, now);
            answeredNow += answered ? 1 : 0;
            return turned;
        } finally {
            lock.unlock();
        }
    }

    /** It was not sent after all. That tells nothing of how fast its merchant answers, so no more is claimed ahead. */
    void withheld(Flight flight) {
        lock.lock();
        try {
            land(flight, lanes.get(flight.merchantId()), ticker.nanos());
        } finally {
            lock.unlock();
        }
    }

    /** It was not sent, since the endpoints that it should go to have enough to do: its merchant gets less for a while. */
    void busy(Flight flight) {
        lock.lock();
        try {
            Lane lane = lanes.get(flight.merchantId());
            lane.tooMany();
            land(flight, lane, ticker.nanos());
        } finally {
            lock.unlock();
        }
    }

    private void land(Flight flight, Lane lane, long now) {
        roll(now);
        if (stuck()) {
            // nothing could be claimed: what is in the rings, and who waits for places, would not hear that it can be
            // now
            claimable.signal();
            freed.signalAll();
        }
        lane.sending--;
        sending--;
        recentSends.ended(flight.id());
        landed++;
        offerToSend(lane);
        offerToClaim(lane, now);
        if (lane.speed.slow()) {
            signalIfSlowMayGo();
        }
    }

    private void signalIfSlowMayGo() {
        if (!slowClaimRing.isEmpty()) {
            claimable.signal();
        }
    }

    /** From one pair of rings to the other. */
    private void turn(Lane lane) {
        if (lane.speed.slow()) {
            slow.add(lane);
            move(lane, claimRing, slowClaimRing);
            move(lane, sendRing, slowSendRing);
        } else {
            slow.remove(lane);
            move(lane, slowClaimRing, claimRing);
            move(lane, slowSendRing, sendRing);
            claimable.signal();
        }
    }

    private static void move(Lane lane, Deque<Lane> from, Deque<Lane> to) {
        if (from.remove(lane)) {
            to.add(lane);
        }
    }

    /** Average of the last answers of a merchant; zero when there are none. */
    Duration average(long merchantId) {
        lock.lock();
        try {
            Lane lane = lanes.get(merchantId);
            return lane == null ? Duration.ZERO : lane.speed.average();
        } finally {
            lock.unlock();
        }
    }

    /**
     * The breaker of a merchant changed. Of one that must not be called any more all that waits is forgotten, and what is
     * claimed comes back; another one goes on.
     *
     * @return claimed ones that are now landed, for their claims to be released
     */
    List<Flight> reconsider(long merchantId) {
        lock.lock();
        try {
            Lane lane = lanes.get(merchantId);
            if (lane == null) {
                return List.of();
            }
            if (!lane.shut()) {
                lane.cutOff = lane.queued() > settings.merchantQueueLimit() / LOW_WATER;
                offerToSend(lane);
                offerToClaim(lane, ticker.nanos());
                return List.of();
            }
            lane.humble();
            forgetQueue(lane);
            List<Flight> back = new ArrayList<>();
            lane.takeBack(flight -> true, back);
            ready -= back.size();
            landed += back.size();
            signalIfSlowMayGo();
            return back;
        } finally {
            lock.unlock();
        }
    }

    /** Its merchant must not be called: what waits here is found in the database again, and parked there. */
    private void forgetQueue(Lane lane) {
        queued -= lane.queued();
        lane.removeQueuedIf(one -> present.remove(one.id()));
        lane.cutOff = true;
        full = full && queued > settings.queueLimit() / LOW_WATER;
        eased.signalAll();
    }

    /**
     * Takes back what is claimed and can no longer be sent in time: no socket was free, or its merchant must not be called
     * any more.
     *
     * @return claimed ones that are now landed, for their claims to be released
     */
    List<Flight> overdue() {
        lock.lock();
        try {
            if (ready == 0) {
                return List.of();
            }
            long now = ticker.nanos();
            List<Flight> back = new ArrayList<>();
            for (Lane lane : lanes.values()) {
                int before = back.size();
                lane.takeBack(flight -> now - flight.sendBefore() > 0, back);
                if (back.size() > before) {
                    // that had kept its queue from its turn, and no answer would call it
                    offerToClaim(lane, now);
                }
            }
            ready -= back.size();
            landed += back.size();
            return back;
        } finally {
            lock.unlock();
        }
    }

    /** Whether what comes for a merchant had better wait in the database, in a lane of its own. */
    boolean crowded(long merchantId) {
        lock.lock();
        try {
            Lane lane = lanes.get(merchantId);
            return lane != null && (lane.cutOff || lane.shut());
        } finally {
            lock.unlock();
        }
    }

    /** Whether it is by its breaker that a merchant must not be called. */
    boolean broken(long merchantId) {
        lock.lock();
        try {
            Lane lane = lanes.get(merchantId);
            return lane != null && lane.broken();
        } finally {
            lock.unlock();
        }
    }

    /**
     * How many more ids of a merchant are worth fetching from its lane in the database: none while it must not be called
     * or its queue is not down to the low-water mark.
     */
    int wanted(long merchantId) {
        lock.lock();
        try {
            Lane lane = lanes.get(merchantId);
            if (closed) {
                return 0;
            }
            if (lane == null) {
                return settings.merchantQueueLimit() / LOW_WATER;
            }
            int most = settings.merchantQueueLimit();
            return lane.shut() || lane.queued() > most / LOW_WATER ? 0 : most - lane.queued();
        } finally {
            lock.unlock();
        }
    }

    /** How many ids of a merchant wait here to be claimed. */
    int queued(long merchantId) {
        lock.lock();
        try {
            Lane lane = lanes.get(merchantId);
            return lane == null ? 0 : lane.queued();
        } finally {
            lock.unlock();
        }
    }

    /** Whether a merchant is in the slow lane. */
    boolean slow(long merchantId) {
        lock.lock();
        try {
            Lane lane = lanes.get(merchantId);
            return lane != null && lane.speed.slow();
        } finally {
            lock.unlock();
        }
    }

    /** How many merchants are in the slow lane. */
    int slow() {
        lock.lock();
        try {
            return slow.size();
        } finally {
            lock.unlock();
        }
    }

    /** The results of these were written, or given up. */
    void recorded(Collection<Long> ids, Collection<Long> merchantIds) {
        lock.lock();
        try {
            present.removeAll(Set.copyOf(ids));
            boolean wasFull = free() <= 0;
            landed -= ids.size();
            freed.signalAll();
            for (Long merchantId : merchantIds) {
                Lane lane = lanes.get(merchantId);
                if (lane != null) {
                    forgetIdle(lane);
                }
            }
            if (wasFull && claimRing.size() + slowClaimRing.size() > 0) {
                claimable.signal();
            }
            signalWhenEmpty();
        } finally {
            lock.unlock();
        }
    }

    private void forgetIdle(Lane lane) {
        if (lanes.size() > REMEMBERED && lane.idle() && !lane.speed.slow() && !lane.resting) {
            lanes.remove(lane.merchantId);
            strangers.remove(lane.merchantId);
        }
    }

    private void signalWhenEmpty() {
        if (claiming + ready + sending + landed == 0) {
            eased.signalAll();
        }
    }

    /**
     * Forgets the queued ids of shards, and takes back what was claimed of them and waits for a socket.
     *
     * @return claimed ones that are now landed, for their claims to be released
     */
    List<Flight> drop(Collection<Integer> shards) {
        Set<Integer> gone = Set.copyOf(shards);
        lock.lock();
        try {
            List<Flight> back = new ArrayList<>();
            long now = ticker.nanos();
            for (Lane lane : lanes.values()) {
                int before = lane.queued();
                lane.removeQueuedIf(one -> gone.contains(one.shard()) && present.remove(one.id()));
                queued -= before - lane.queued();
                ease(lane);
                lane.takeBack(flight -> gone.contains(flight.notification().shard()), back);
                // what was taken back had kept ids of other shards from their turn, and nothing else would call them
                offerToClaim(lane, now);
            }
            ready -= back.size();
            landed += back.size();
            full = full && queued > settings.queueLimit() / LOW_WATER;
            eased.signalAll();
            signalIfSlowMayGo();
            return back;
        } finally {
            lock.unlock();
        }
    }

    /** Takes in and hands out nothing more; what is queued is forgotten. */
    void close() {
        lock.lock();
        try {
            closed = true;
            for (Lane lane : lanes.values()) {
                lane.removeQueuedIf(one -> present.remove(one.id()));
            }
            queued = 0;
            strangers.clear();
            claimable.signalAll();
            eased.signalAll();
            freed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Takes back all that was claimed and waits for a socket. */
    List<Flight> withdraw() {
        lock.lock();
        try {
            List<Flight> back = new ArrayList<>(ready);
            for (Lane lane : lanes.values()) {
                lane.takeBack(flight -> true, back);
            }
            ready = 0;
            landed += back.size();
            return back;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until nothing is claimed any more. */
    boolean awaitEmpty(Duration most) throws InterruptedException {
        lock.lock();
        try {
            long left = most.toNanos();
            while (claiming + ready + sending + landed > 0) {
                if (left <= 0) {
                    return false;
                }
                left = eased.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until so few ids are queued, or a queue that refused some is down to its low-water mark.
     *
     * @return whether that happened in time
     */
    boolean awaitRoom(int most, Duration wait) throws InterruptedException {
        lock.lock();
        try {
            int refusing = refusing();
            long left = wait.toNanos();
            while (!closed && queued > most && (refusing == 0 || refusing() >= refusing)) {
                if (left <= 0) {
                    return false;
                }
                left = eased.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    private int refusing() {
        int refusing = full ? 1 : 0;
        for (Lane lane : lanes.values()) {
            refusing += lane.cutOff ? 1 : 0;
        }
        return refusing;
    }

    /**
     * How many more ids fit that were found in the database; a part of the room is left to what was just created. 0 from
     * the moment that the queue was full until it is down to its low-water mark.
     */
    int room() {
        lock.lock();
        try {
            int most = settings.queueLimit() - settings.queueLimit() / LEFT_TO_FIRST_TRIES;
            return closed || full ? 0 : Math.max(0, most - queued);
        } finally {
            lock.unlock();
        }
    }

    /** How many ids are worth looking for at a time. */
    int portion() {
        return Math.min(settings.queueLimit(), 2 * settings.merchantQueueLimit());
    }

    /** How many of each shard wait to be claimed; shards that have none are missing. */
    Map<Integer, Integer> queuedByShard() {
        lock.lock();
        try {
            Map<Integer, Integer> counts = new HashMap<>();
            for (Lane lane : lanes.values()) {
                lane.forEachQueued(one -> counts.merge(one.shard(), 1, Integer::sum));
            }
            return counts;
        } finally {
            lock.unlock();
        }
    }

    int queued() {
        lock.lock();
        try {
            return queued;
        } finally {
            lock.unlock();
        }
    }

    /** Requests under way. */
    int sending() {
        lock.lock();
        try {
            return sending;
        } finally {
            lock.unlock();
        }
    }

    /** Claimed, and their result not written. */
    int claimed() {
        lock.lock();
        try {
            return claiming + ready + sending + landed;
        } finally {
            lock.unlock();
        }
    }
}

package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.DueNotification;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One merchant's queue and what is under way. Guarded by the lock of {@link Lanes}. */
final class Lane {

    final long merchantId;
    final Speed speed;
    /** Claimed, and waiting for a socket. */
    final Deque<Flight> ready = new ArrayDeque<>();
    /** Handed to the dispatcher, whose claim is not through, or about to be written as claimed. */
    int claiming;
    /** On a socket. */
    int sending;
    /** Whether its last request was answered in time; one that was never asked may hang as well. */
    boolean answers;
    /** Ids were refused since it was last down to the low-water mark. */
    boolean cutOff;
    /** Whether it is in a ring of the same name. */
    boolean inClaimable;

    boolean inSendable;
    /** Whether it waits for its next token. */
    boolean resting;

    /** Ids that wait to be claimed for their first try, and for another one: they take turns. */
    private final Deque<DueNotification> first = new ArrayDeque<>();

    private final Deque<DueNotification> again = new ArrayDeque<>();
    private boolean againNext;

    private final Isolation isolation;
    private final Breakers breakers;
    private final long windowNanos;
    private @Nullable Gate gate;
    private @Nullable TokenBucket tokens;
    /** Requests at a time while nothing is wrong. */
    private int usual;

    private int earned;
    private long windowEnds;
    private int answeredNow;
    private int answeredBefore;

    /** @param windowNanos answers of the last one to two windows tell how much may be claimed ahead */
    Lane(long merchantId, long windowNanos, Isolation isolation, Breakers breakers) {
        this.merchantId = merchantId;
        this.windowNanos = windowNanos;
        this.isolation = isolation;
        this.breakers = breakers;
        this.speed = new Speed(isolation.slowAfter());
        this.earned = isolation.firstInFlight();
    }

    boolean known() {
        return gate != null;
    }

    /** @param share of the rates of its endpoints that is this node's */
    void limits(Gate now, double share, long nanos) {
        gate = now;
        usual = now.usual();
        tokens = now.tokens(tokens, share, nanos);
    }

    /** Whether its merchant must not be called at all now. */
    boolean shut() {
        return gate != null && allowed(gate) == 0;
    }

    /** Whether that is on account of its breaker. */
    boolean broken() {
        return shut() && !gate.off();
    }

    boolean maySend() {
        return !ready.isEmpty() && gate != null && sending < allowed(gate);
    }

    private int allowed(Gate now) {
        return now.allowed(breakers, earned);
    }

    /**
     * How many more may be claimed now: as many as have a request free, and as many ahead as were answered just now. So
     * a merchant that hangs has nothing claimed that could not be sent before its lease is over, and one that answers
     * fast never waits for a transaction. For a slow merchant, or behind a breaker that is not wide open, nothing is
     * claimed ahead.
     */
    int room(long now) {
        Gate gate = this.gate;
        if (gate == null) {
            return 0;
        }
        roll(now);
        int most = Math.min(usual, earned);
        int allowed = gate.allowed(breakers, earned);
        int ahead = allowed < most || speed.slow() ? 0 : answeredNow + answeredBefore;
        int room = allowed + ahead - underWay();
        return tokens == null ? room : Math.min(room, tokens.available(now));
    }

    int underWay() {
        return sending + ready.size() + claiming;
    }

    boolean answeredLately(long now) {
        roll(now);
        return answeredNow + answeredBefore > 0;
    }

    /** Nanoseconds until it has a token; 0: it is not for want of one that it has no room. */
    long rests(long now) {
        return tokens == null ? 0 : tokens.untilNext(now);
    }

    /**
     * A request has ended.
     *
     * @param inTime an answer came, whatever it said
     * @param soon or at least it failed at once. What did not is no reason to claim ahead: that would wait for the next
     *     one to hang
     */
    void answered(long now, boolean inTime, boolean soon) {
        roll(now);
        answers = inTime;
        answeredNow += soon ? 1 : 0;
        int most = gate == null ? earned : gate.limit();
        earned = inTime ? Math.max(earned, Math.min(most, earned + 1)) : Math.max(1, Math.min(earned, most) / 2);
    }

    /** Endpoints of it had more to do than they may, though the lane had room. */
    void tooMany() {
        earned = Math.max(1, earned / 2);
    }

    /** Its breaker has just closed: it has to earn its requests anew. */
    void humble() {
        earned = Math.min(earned, isolation.firstInFlight());
    }

    private void roll(long now) {
        if (now - windowEnds < 0) {
            return;
        }
        answeredBefore = now - windowEnds < windowNanos ? answeredNow : 0;
        answeredNow = 0;
        windowEnds = now + windowNanos;
    }

    int queued() {
        return first.size() + again.size();
    }

    void queue(DueNotification one) {
        (one.again() ? again : first).add(one);
    }

    void takeToken() {
        if (tokens != null) {
            tokens.take();
        }
    }

    void putTokenBack() {
        if (tokens != null) {
            tokens.putBack(1);
        }
    }

    void queueFirst(DueNotification one) {
        putTokenBack();
        (one.again() ? again : first).addFirst(one);
    }

    @Nullable DueNotification poll() {
        takeToken();
        againNext = !againNext;
        Deque<DueNotification> turn = againNext ? again : first;
        return turn.isEmpty() ? (againNext ? first : again).poll() : turn.poll();
    }

    void forEachQueued(Consumer<DueNotification> action) {
        first.forEach(action);
        again.forEach(action);
    }

    boolean removeQueuedIf(Predicate<DueNotification> condition) {
        return first.removeIf(condition) | again.removeIf(condition);
    }

    /** Forgets the later half of what is queued, retries before first tries. */
    int giveWay(Set<Long> present) {
        int gone = queued() / 2;
        for (int i = 0; i < gone; i++) {
            DueNotification last = again.isEmpty() ? first.pollLast() : again.pollLast();
            present.remove(last.id());
        }
        cutOff = true;
        return gone;
    }

    /** Adds what is claimed and will not be sent now, and gives its tokens back. */
    void takeBack(Predicate<Flight> condition, List<Flight> back) {
        ready.removeIf(flight -> {
            boolean goes = condition.test(flight);
            if (goes) {
                putTokenBack();
                back.add(flight);
            }
            return goes;
        });
    }

    boolean idle() {
        return queued() == 0 && ready.isEmpty() && claiming == 0 && sending == 0;
    }
}

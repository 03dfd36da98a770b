package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.DueNotification;
import io.orderwatch.job.Ticker;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * All that waits and all that is under way, a lane per merchant. An id moves: queued, claiming, ready, sending, landed,
 * and is forgotten when its result is written; while it is anywhere here it is not taken in again. Merchants take turns,
 * both to be claimed and to get a socket. Safe for use by many threads.
 */
final class Lanes {

    private static final Duration WINDOW = Duration.ofMillis(100);
    private static final int LOW_WATER = 4;
    private static final int REMEMBERED = 10_000;

    private final DeliverySettings settings;
    private final Ticker ticker;

    private final ReentrantLock lock = new ReentrantLock();
    /** Something can be claimed, or claiming has ended. */
    private final Condition claimable = lock.newCondition();
    /** A queue is shorter, or nothing is under way any more. */
    private final Condition eased = lock.newCondition();

    private final Map<Long, Lane> lanes = new HashMap<>();
    private final Set<Long> present = new HashSet<>();
    private final Deque<Lane> claimRing = new ArrayDeque<>();
    private final Deque<Lane> sendRing = new ArrayDeque<>();
    private final Set<Long> strangers = new LinkedHashSet<>();
    private int queued;
    private int claiming;
    private int ready;
    private int sending;
    private int landed;
    private boolean full;
    private boolean closed;

    Lanes(DeliverySettings settings, Ticker ticker) {
        this.settings = settings;
        this.ticker = ticker;
    }

    /**
     * What became of ids that were offered.
     *
     * @param accepted now queued
     * @param refused for want of room
     */
    record Offered(int accepted, int refused) {}

    /** Queues the ids that are not here yet, as far as there is room. */
    Offered offer(Collection<DueNotification> due) {
        lock.lock();
        try {
            int accepted = 0;
            int refused = 0;
            long now = ticker.nanos();
            for (DueNotification one : due) {
                if (closed) {
                    refused++;
                } else if (!present.contains(one.id())) {
                    if (queue(one, now)) {
                        accepted++;
                    } else {
                        refused++;
                    }
                }
            }
            return new Offered(accepted, refused);
        } finally {
            lock.unlock();
        }
    }

    private boolean queue(DueNotification one, long now) {
        Lane lane = lanes.get(one.merchantId());
        if (queued >= settings.queueLimit()) {
            full = true;
            return false;
        }
        if (lane == null) {
            lane = new Lane(one.merchantId(), WINDOW.toNanos());
            lanes.put(one.merchantId(), lane);
        }
        if (lane.queue.size() >= settings.merchantQueueLimit()) {
            lane.cutOff = true;
            return false;
        }
        present.add(one.id());
        lane.queue.add(one);
        queued++;
        if (lane.known()) {
            offerToClaim(lane, now);
        } else if (strangers.add(lane.merchantId)) {
            claimable.signal();
        }
        return true;
    }

    private void offerToClaim(Lane lane, long now) {
        if (!lane.inClaimable && !lane.queue.isEmpty() && lane.room(now) > 0) {
            lane.inClaimable = true;
            claimRing.add(lane);
            if (claimRing.size() == 1) {
                claimable.signal();
            }
        }
    }

    private void offerToSend(Lane lane) {
        if (!lane.inSendable && lane.maySend()) {
            lane.inSendable = true;
            sendRing.add(lane);
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
                    lane.limit(recipient.limit());
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
                left = claimable.awaitNanos(left);
            }
            linger();
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    private boolean workable() {
        return !strangers.isEmpty() || (!claimRing.isEmpty() && free() > 0);
    }

    private int free() {
        return settings.maxClaimed() - claiming - ready - sending - landed;
    }

    private void linger() throws InterruptedException {
        long step = settings.linger().toNanos();
        long until = ticker.nanos() + 10 * step;
        boolean first = true;
        while (!closed && strangers.isEmpty() && ready + sending + landed > 0) {
            boolean supplied = ready > settings.maxInFlight() / 2;
            if (enough() || (!first && !supplied) || ticker.nanos() - until >= 0) {
                return;
            }
            first = false;
            claimable.awaitNanos(step);
        }
    }

    private boolean enough() {
        int most = Math.min(settings.batchSize(), free());
        long now = ticker.nanos();
        int found = 0;
        for (Lane lane : claimRing) {
            found += Math.min(lane.queue.size(), Math.max(0, lane.room(now)));
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
            int most = closed ? 0 : Math.min(settings.batchSize(), free());
            while (batch.size() < most && !claimRing.isEmpty()) {
                Lane lane = claimRing.poll();
                lane.inClaimable = false;
                DueNotification next = lane.room(now) > 0 ? lane.queue.poll() : null;
                if (next != null) {
                    batch.add(next);
                    lane.claiming++;
                    offerToClaim(lane, now);
                    ease(lane);
                }
            }
            queued -= batch.size();
            claiming += batch.size();
            full = full && queued > settings.queueLimit() / LOW_WATER;
            eased.signalAll();
            return batch;
        } finally {
            lock.unlock();
        }
    }

    private void ease(Lane lane) {
        if (lane.cutOff && lane.queue.size() <= settings.merchantQueueLimit() / LOW_WATER) {
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
                lane.queue.addFirst(one);
                offerToClaim(lane, now);
            }
            claiming -= batch.size();
            queued += batch.size();
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
     */
    void claimed(List<DueNotification> batch, List<Flight> flights, Set<Long> landing) {
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
            for (Flight flight : flights) {
                lanes.get(flight.merchantId()).ready.add(flight);
            }
            ready += flights.size();
            landed += landing.size();
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
        } finally {
            lock.unlock();
        }
    }

    /** The next to be sent, of the merchants in turn; null while no socket is free or nothing is ready. */
    @Nullable Flight next() {
        lock.lock();
        try {
            while (sending < settings.maxInFlight() && !sendRing.isEmpty()) {
                Lane lane = sendRing.poll();
                lane.inSendable = false;
                if (lane.maySend()) {
                    Flight flight = lane.ready.poll();
                    ready--;
                    lane.sending++;
                    sending++;
                    offerToSend(lane);
                    return flight;
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** A request has ended, whatever came of it; its result is on its way to be written. */
    void landed(Flight flight) {
        land(flight, true);
    }

    /** It was not sent after all. That tells nothing of how fast its merchant answers, so no more is claimed ahead. */
    void withheld(Flight flight) {
        land(flight, false);
    }

    private void land(Flight flight, boolean answered) {
        lock.lock();
        try {
            Lane lane = lanes.get(flight.merchantId());
            long now = ticker.nanos();
            lane.sending--;
            if (answered) {
                lane.answered(now);
            }
            sending--;
            landed++;
            offerToSend(lane);
            offerToClaim(lane, now);
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
            for (Long merchantId : merchantIds) {
                Lane lane = lanes.get(merchantId);
                if (lane != null) {
                    forgetIdle(lane);
                }
            }
            if (wasFull && !claimRing.isEmpty()) {
                claimable.signal();
            }
            signalWhenEmpty();
        } finally {
            lock.unlock();
        }
    }

    private void forgetIdle(Lane lane) {
        if (lanes.size() > REMEMBERED && lane.idle()) {
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
                int before = lane.queue.size();
                lane.queue.removeIf(one -> gone.contains(one.shard()) && present.remove(one.id()));
                queued -= before - lane.queue.size();
                ease(lane);
                lane.ready.removeIf(
                        flight -> gone.contains(flight.notification().shard()) && back.add(flight));
                // what was taken back had kept ids of other shards from their turn, and nothing else would call them
                offerToClaim(lane, now);
            }
            ready -= back.size();
            landed += back.size();
            full = full && queued > settings.queueLimit() / LOW_WATER;
            eased.signalAll();
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
                lane.queue.forEach(one -> present.remove(one.id()));
                lane.queue.clear();
            }
            queued = 0;
            strangers.clear();
            claimable.signalAll();
            eased.signalAll();
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
                back.addAll(lane.ready);
                lane.ready.clear();
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

    /** Merchants whose queue refused ids and is not yet down to the low-water mark. */
    List<Long> cutOff() {
        lock.lock();
        try {
            return lanes.values().stream()
                    .filter(lane -> lane.cutOff)
                    .map(lane -> lane.merchantId)
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    /** How many more ids fit; 0 from the moment that the queue was full until it is down to its low-water mark. */
    int room() {
        lock.lock();
        try {
            return closed || full ? 0 : settings.queueLimit() - queued;
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
                for (DueNotification one : lane.queue) {
                    counts.merge(one.shard(), 1, Integer::sum);
                }
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

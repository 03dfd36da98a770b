package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.Endpoint;
import io.orderwatch.dao.notification.Pace;
import io.orderwatch.job.Ticker;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What each endpoint of a merchant that has several may get: requests at a time, and tokens of its own rate. A merchant's
 * lane bounds what its endpoints get together, and of a single endpoint that is all; which of several a notification goes
 * to is known only when it is sent. Safe for use by many threads.
 */
final class EndpointSlots implements Slots {

    private final DoubleSupplier share;
    private final Ticker ticker;
    /** Of endpoints that something is under way to, or that have a rate. */
    private final ConcurrentMap<Long, Slot> slots = new ConcurrentHashMap<>();

    /** @param share of the rates that is this node's, up to 1 */
    EndpointSlots(DoubleSupplier share, Ticker ticker) {
        this.share = share;
        this.ticker = ticker;
    }

    /** Changed only within a compute of its key. */
    private static final class Slot {

        private int taken;
        private @Nullable TokenBucket tokens;
    }

    @Override
    public boolean take(Endpoint endpoint, int most) {
        boolean[] taken = new boolean[1];
        slots.compute(endpoint.id(), (id, before) -> {
            Slot slot = before == null ? new Slot() : before;
            slot.tokens = tokens(slot.tokens, endpoint.pace());
            if (slot.taken < most && (slot.tokens == null || slot.tokens.available(ticker.nanos()) > 0)) {
                slot.taken++;
                if (slot.tokens != null) {
                    slot.tokens.take();
                }
                taken[0] = true;
            }
            return kept(slot);
        });
        return taken[0];
    }

    @Override
    public void free(Endpoint endpoint) {
        slots.computeIfPresent(endpoint.id(), (id, slot) -> {
            slot.taken--;
            return kept(slot);
        });
    }

    private static @Nullable Slot kept(Slot slot) {
        return slot.taken == 0 && slot.tokens == null ? null : slot;
    }

    private @Nullable TokenBucket tokens(@Nullable TokenBucket before, Pace pace) {
        if (pace.perSecond() == null) {
            return null;
        }
        double part = share.getAsDouble();
        double rate = pace.perSecond().doubleValue() * part;
        double burst = (pace.burst() == null ? Math.max(1, pace.perSecond().doubleValue()) : pace.burst()) * part;
        if (before == null) {
            return new TokenBucket(rate, burst, ticker.nanos());
        }
        before.pace(rate, burst, ticker.nanos());
        return before;
    }

    /** How many endpoints it knows something of. */
    int size() {
        return slots.size();
    }
}

package io.orderwatch.job.notification;

import java.time.Duration;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The breakers of merchants' endpoints. None of its methods waits for anything: what they say is what this node knows.
 * Safe for use by many threads.
 */
public interface Breakers {

    /**
     * How many requests of at most {@code cap} the endpoint may have under way from this node now: none while its breaker
     * is open, one while it is this node's to probe, and ever more after it closed. Asking for one whose time is over
     * has a probe asked for.
     */
    int allowed(long endpointId, int cap);

    /**
     * Lets one request through. Whoever gets a pass says once what came of it: {@link #report}, or {@link #unused}.
     *
     * @return null: it must not be called now
     */
    @Nullable Pass pass(long merchantId, long endpointId);

    /**
     * Tells what came of a request. A pass from before the breaker's last change counts for nothing.
     *
     * @param success whether the merchant accepted it
     */
    void report(Pass pass, boolean success, Duration took);

    /** Nothing was sent after all. */
    void unused(Pass pass);

    /** Has somebody told of merchants whose breaker changed; to be called once, before anything is sent. */
    void onChange(LongConsumer merchants);

    /**
     * The right to send one request.
     *
     * @param epoch of the breaker when it was given
     * @param probe whether its answer decides if the breaker closes
     */
    record Pass(long merchantId, long endpointId, long epoch, boolean probe) {}

    /** Breakers that are always closed: for whoever sends by hand, and has looked. */
    static Breakers none() {
        return new Breakers() {
            @Override
            public int allowed(long endpointId, int cap) {
                return cap;
            }

            @Override
            public Pass pass(long merchantId, long endpointId) {
                return new Pass(merchantId, endpointId, 0, false);
            }

            @Override
            public void report(Pass pass, boolean success, Duration took) {}

            @Override
            public void unused(Pass pass) {}

            @Override
            public void onChange(LongConsumer merchants) {}
        };
    }
}

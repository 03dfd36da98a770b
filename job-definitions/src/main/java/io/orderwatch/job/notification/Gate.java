package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.Endpoint;
import io.orderwatch.dao.notification.Pace;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a merchant's rows say of how it may be called.
 *
 * @param limit requests at a time, from this node
 * @param off whether an operator has switched it off
 * @param endpoints those that are called without anything else having failed; empty where nobody knows
 */
record Gate(int limit, boolean off, List<Endpoint> endpoints) {

    static Gate of(Recipient recipient) {
        if (recipient instanceof Recipient.Reachable reachable) {
            List<Endpoint> all = reachable.merchant().endpoints();
            List<Endpoint> usual = all.stream()
                    .filter(endpoint -> !endpoint.preference().fallback())
                    .toList();
            return new Gate(recipient.limit(), !reachable.merchant().enabled(), usual.isEmpty() ? all : usual);
        }
        return new Gate(recipient.limit(), false, List.of());
    }

    /** How many requests of at most {@code cap} may be under way now. */
    int allowed(Breakers breakers, int cap) {
        if (off) {
            return 0;
        }
        if (endpoints.isEmpty()) {
            return cap;
        }
        int sum = 0;
        for (Endpoint endpoint : endpoints) {
            sum += breakers.allowed(endpoint.id(), cap);
            if (sum >= cap) {
                return cap;
            }
        }
        return sum;
    }

    /**
     * The bucket of what is called first. Each node lets through its share of the cluster's rate, the part of the shards
     * that it owns: no server has to be asked, and while Redis is away nothing changes. A merchant whose orders all come
     * from the shards of one node gets no more than that node's share.
     *
     * @param before with what it holds; null: there was none
     * @return null: its rate has no limit
     */
    @Nullable TokenBucket tokens(@Nullable TokenBucket before, double share, long now) {
        double rate = 0;
        double burst = 0;
        int most = endpoints.stream()
                .mapToInt(endpoint -> endpoint.preference().priority())
                .min()
                .orElse(0);
        for (Endpoint endpoint : endpoints) {
            Pace pace = endpoint.pace();
            if (endpoint.preference().priority() > most) {
                continue;
            }
            if (pace.perSecond() == null) {
                return null;
            }
            rate += pace.perSecond().doubleValue() * share;
            burst += (pace.burst() == null ? Math.max(1, pace.perSecond().doubleValue()) : pace.burst()) * share;
        }
        if (rate <= 0) {
            return null;
        }
        if (before == null) {
            return new TokenBucket(rate, burst, now);
        }
        before.pace(rate, burst, now);
        return before;
    }
}

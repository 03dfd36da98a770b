package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.Endpoint;
import io.orderwatch.dao.notification.Pace;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a merchant's rows say of how it may be called.
 *
 * @param limit requests at a time, from this node, to all endpoints together
 * @param off whether an operator has switched it off
 * @param endpoints those that are called without anything else having failed, the first ones first; empty where nobody
 *     knows
 */
record Gate(int limit, boolean off, List<Endpoint> endpoints) {

    static Gate of(Recipient recipient) {
        if (recipient instanceof Recipient.Reachable reachable) {
            return new Gate(
                    recipient.limit(),
                    !reachable.merchant().enabled(),
                    reachable.route().endpoints());
        }
        return new Gate(recipient.limit(), false, List.of());
    }

    /** Requests at a time to one endpoint, as its row says; at least 1: an operator stops a merchant by its status. */
    static int cap(Endpoint endpoint) {
        return Math.max(1, endpoint.pace().maxInFlight());
    }

    /** How many may be under way while nothing is wrong: those of the endpoints that are called first. */
    int usual() {
        if (endpoints.size() < 2) {
            return limit;
        }
        int first = endpoints.get(0).preference().priority();
        int sum = 0;
        for (Endpoint endpoint : endpoints) {
            sum += endpoint.preference().priority() == first ? cap(endpoint) : 0;
        }
        return Math.min(limit, sum);
    }

    /**
     * How many requests of at most {@code most} may be under way now: no more than the endpoints that are called first
     * may get each; those that come next count only where a breaker keeps the first from all that they might get.
     */
    int allowed(Breakers breakers, int most) {
        if (off) {
            return 0;
        }
        if (endpoints.isEmpty()) {
            return Math.min(limit, most);
        }
        if (endpoints.size() == 1) {
            int cap = Math.min(limit, most);
            return Math.min(cap, breakers.allowed(endpoints.get(0).id(), cap));
        }
        int sum = 0;
        boolean open = true;
        int priority = endpoints.get(0).preference().priority();
        for (Endpoint endpoint : endpoints) {
            if (endpoint.preference().priority() != priority) {
                if (open) {
                    break;
                }
                open = true;
                priority = endpoint.preference().priority();
            }
            int cap = Math.min(cap(endpoint), most);
            int allowed = breakers.allowed(endpoint.id(), cap);
            open &= allowed >= cap;
            sum += allowed;
            if (sum >= most) {
                return most;
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

package io.orderwatch.node.shard;

import io.orderwatch.dao.DatabaseUnavailableException;
import io.orderwatch.job.Ticker;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps this node's lease: joins, renews, and where a renewal is refused gives everything up and joins anew under
 * another incarnation. One thread calls {@link #step}.
 */
final class LeaseKeeper {

    private static final Logger LOG = LoggerFactory.getLogger(LeaseKeeper.class);
    /** After a failure; sooner than a renewal, since the lease runs out meanwhile. */
    private static final Duration SOON = Duration.ofMillis(200);

    private final String node;
    private final ShardSettings settings;
    private final LeaseOffice office;
    private final LocalLease lease;
    private final OwnedShards owned;
    private final LongSupplier incarnations;
    private final Supplier<@Nullable String> usedByAnother;
    private final Runnable changed;
    private final Ticker ticker;

    private long candidate;
    private boolean saidThatItLapsed;
    private volatile @Nullable String trouble = "has not joined yet";
    private volatile @Nullable Long databaseAnswersSince;

    /**
     * @param incarnations gives a number never given before, greater than 0
     * @param usedByAnother a sentence when a living process of the same node id is known; null when none is
     * @param changed called after joining and after being fenced
     */
    LeaseKeeper(
            String node,
            ShardSettings settings,
            LeaseOffice office,
            LocalLease lease,
            OwnedShards owned,
            LongSupplier incarnations,
            Supplier<@Nullable String> usedByAnother,
            Runnable changed,
            Ticker ticker) {
        this.node = node;
        this.settings = settings;
        this.office = office;
        this.lease = lease;
        this.owned = owned;
        this.incarnations = incarnations;
        this.usedByAnother = usedByAnother;
        this.changed = changed;
        this.ticker = ticker;
        this.candidate = incarnations.getAsLong();
    }

    /** Why there is no lease; null when it is held. */
    @Nullable String trouble() {
        return trouble;
    }

    /** How long MySQL has answered each time it was asked; zero when it did not the last time. */
    Duration databaseAnswersFor() {
        Long since = databaseAnswersSince;
        return since == null ? Duration.ZERO : Duration.ofNanos(ticker.nanos() - since);
    }

    /** Joins or renews, once. Returns how long to wait until the next step. */
    Duration step() {
        try {
            Duration pause = lease.incarnation() == LocalLease.NO_INCARNATION ? join() : renew(lease.incarnation());
            if (databaseAnswersSince == null) {
                databaseAnswersSince = ticker.nanos();
            }
            return pause;
        } catch (DatabaseUnavailableException e) {
            databaseAnswersSince = null;
            trouble = "MySQL cannot be reached: " + e.getMessage();
            sayOnceThatItLapsed();
            return SOON;
        } catch (RuntimeException e) {
            databaseAnswersSince = null;
            refusedByDatabase(e);
            return settings.renewal();
        }
    }

    /** Such as a schema that is not there: waiting alone does not mend it, and an operator may at any moment. */
    private void refusedByDatabase(RuntimeException e) {
        String why = "MySQL refuses the lease: "
                + (e.getMessage() == null ? e.toString() : e.getMessage().replaceAll("\\s+", " "));
        if (!why.equals(trouble)) {
            LOG.error("Node {} cannot join or renew: {}", node, why, e);
        }
        trouble = why;
        sayOnceThatItLapsed();
    }

    /** Gives up the lease on purpose; the last call. */
    void leave() {
        long incarnation = lease.incarnation();
        lease.lose();
        owned.fence();
        trouble = "has left";
        if (incarnation != LocalLease.NO_INCARNATION) {
            office.leave(incarnation);
        }
    }

    private Duration join() {
        String other = usedByAnother.get();
        if (other != null) {
            return refused(other);
        }
        LeaseOffice.Answer answer = office.join(candidate);
        if (!answer.granted()) {
            // perhaps because this one was taken up by an earlier try whose answer was lost, and is denied by now
            candidate = incarnations.getAsLong();
            return refused("Node id " + node + " is in use: another process holds its lease in MySQL");
        }
        lease.runUntil(candidate, deadline(answer));
        candidate = incarnations.getAsLong();
        trouble = null;
        saidThatItLapsed = false;
        LOG.info("Node {} joined as incarnation {}", node, lease.incarnation());
        changed.run();
        return settings.renewal();
    }

    private Duration refused(String why) {
        if (!why.equals(trouble)) {
            LOG.warn("{}; this one waits until that is over", why);
        }
        trouble = why;
        return SOON;
    }

    private Duration renew(long incarnation) {
        LeaseOffice.Answer answer = office.renew(incarnation);
        if (!answer.granted()) {
            return fenced(incarnation);
        }
        lease.runUntil(incarnation, deadline(answer));
        trouble = null;
        if (saidThatItLapsed) {
            saidThatItLapsed = false;
            LOG.info(
                    "Node {} renewed its lease and works on with its {} shards",
                    node,
                    owned.shards().size());
        }
        return settings.renewal();
    }

    private Duration fenced(long incarnation) {
        // the lease first: from here on nothing of that incarnation starts, whatever the shards say
        lease.lose();
        int shards = owned.shards().size();
        owned.fence();
        LOG.warn(
                "Node {} was fenced: it was silent for too long and its lease was given away, so it dropped its {}"
                        + " shards and joins anew",
                node,
                shards);
        changed.run();
        // What is still inside a transaction holds its shard's row locked, which a grant does not pass; so there is
        // nothing to wait for, and a lease denied but not over need not run out.
        office.leave(incarnation);
        return Duration.ZERO;
    }

    private void sayOnceThatItLapsed() {
        if (!saidThatItLapsed && lease.incarnation() != LocalLease.NO_INCARNATION && !lease.runs()) {
            saidThatItLapsed = true;
            LOG.warn("Node {} starts no more work, since its lease ran out: {}", node, trouble);
        }
    }

    private long deadline(LeaseOffice.Answer answer) {
        return answer.askedAt() + settings.lease().minus(settings.margin()).toNanos();
    }
}

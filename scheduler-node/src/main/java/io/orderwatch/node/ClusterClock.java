package io.orderwatch.node;

import io.orderwatch.dao.Database;
import io.orderwatch.dao.cluster.ClusterStore;
import io.orderwatch.job.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * The time of the cluster: the database's as it was last heard, carried on by this process's monotonic clock. A host
 * whose clock is wrong, or is put while the node runs, neither signs a request with a time that a merchant refuses nor
 * dates a try wrongly. Until the database was heard it is the host's. Safe for use by many threads.
 */
public final class ClusterClock implements InstantSource {

    /** Half of it is how wrong a reading may be; a worse one is of use only while there is no better. */
    private static final Duration WORST_ROUND_TRIP = Duration.ofSeconds(1);

    private final ClusterStore cluster = new ClusterStore();
    private final Database database;
    private final InstantSource host;
    private final Ticker ticker;
    private volatile @Nullable Reading reading;

    private record Reading(Instant time, long nanos, Duration roundTrip) {}

    /**
     * What a look has found.
     *
     * @param ahead the host's clock less the database's
     * @param roundTrip the answer may have been written at any moment of it
     */
    record Difference(Duration ahead, Duration roundTrip) {}

    /** @param host this host's clock */
    public ClusterClock(Database database, InstantSource host, Ticker ticker) {
        this.database = database;
        this.host = host;
        this.ticker = ticker;
    }

    @Override
    public Instant instant() {
        Reading last = reading;
        return last == null ? host.instant() : last.time().plusNanos(ticker.nanos() - last.nanos());
    }

    /** This clock, set by the database at once. Throws what the database does when it does not answer. */
    public ClusterClock set() {
        look();
        return this;
    }

    /** Asks the database, and goes by its answer from now on. */
    Difference look() {
        Found found = database.inTransaction(tx -> {
            cluster.databaseTime(tx); // so that the one that is measured finds its statement prepared
            long begin = ticker.nanos();
            Instant before = host.instant();
            Instant theirs = cluster.databaseTime(tx);
            long end = ticker.nanos();
            Duration roundTrip = Duration.ofNanos(end - begin);
            Duration half = roundTrip.dividedBy(2);
            return new Found(
                    new Reading(theirs.plus(half), end, roundTrip),
                    new Difference(Duration.between(theirs, before.plus(half)), roundTrip));
        });
        Duration roundTrip = found.reading().roundTrip();
        Reading last = reading;
        if (last == null || roundTrip.compareTo(WORST_ROUND_TRIP) <= 0 || roundTrip.compareTo(last.roundTrip()) <= 0) {
            reading = found.reading();
        }
        return found.difference();
    }

    private record Found(Reading reading, Difference difference) {}
}

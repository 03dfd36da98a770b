package io.orderwatch.node;

import io.orderwatch.dao.Database;
import io.orderwatch.dao.shard.NodeLeaseStore;
import io.orderwatch.job.Ticker;
import io.orderwatch.node.ClusterClock.Difference;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the clock of this host with the database's now and then, says when they begin or cease to differ by more
 * than they may, and leaves the difference in the database for whoever looks at the cluster. Sets the {@link ClusterClock} by
 * the way. Decides nothing: only Quartz's own firing times go by the host's clock. For one thread.
 */
final class ClockWatch {

    private static final Logger LOG = LoggerFactory.getLogger(ClockWatch.class);
    private static final Duration EACH = Duration.ofSeconds(5);

    private final String node;
    private final Duration most;
    private final Database database;
    private final ClusterClock clock;
    private final Ticker ticker;
    private final NodeLeaseStore leases = new NodeLeaseStore();

    private @Nullable Long lookedAt;
    private @Nullable String trouble;

    /** @param most how far the clocks may differ */
    ClockWatch(String node, Duration most, Database database, ClusterClock clock, Ticker ticker) {
        this.node = node;
        this.most = most;
        this.database = database;
        this.clock = clock;
        this.ticker = ticker;
    }

    /** A sentence while the clocks differ; null while they do not, or that is not known. */
    @Nullable String trouble() {
        return trouble;
    }

    /** Looks, if it is time to; what the database does not answer is asked again the next time. */
    void look() {
        long now = ticker.nanos();
        if (lookedAt != null && now - lookedAt < EACH.toNanos()) {
            return;
        }
        lookedAt = now;
        try {
            Difference difference = clock.look();
            judge(difference);
            database.run(tx -> leases.clockAhead(tx, node, difference.ahead()));
        } catch (RuntimeException e) {
            lookedAt = null;
            LOG.debug("The clocks could not be compared: {}", e.getMessage());
        }
    }

    /** The answer may have been written at any moment of the round trip: in between nothing is changed. */
    private void judge(Difference difference) {
        Duration off = difference.ahead().abs();
        Duration doubt = difference.roundTrip().dividedBy(2);
        if (off.minus(doubt).compareTo(most) > 0) {
            String before = trouble;
            trouble = sentence(difference.ahead());
            if (before == null) {
                LOG.warn("{}", trouble);
            }
        } else if (trouble != null && off.plus(doubt).compareTo(most) <= 0) {
            trouble = null;
            LOG.info("The clock of {} agrees with the database's again", node);
        }
    }

    private String sentence(Duration ahead) {
        return String.format(
                Locale.ROOT,
                "The clock of %s is %.1f s %s the database's: its jobs fire too %s, and nothing else depends on it.",
                node,
                ahead.abs().toMillis() / 1000.0,
                ahead.isNegative() ? "behind" : "ahead of",
                ahead.isNegative() ? "late" : "early");
    }
}

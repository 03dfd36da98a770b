package io.orderwatch.node;

import io.orderwatch.job.Ticker;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * Decides how loudly a node says why it is not ready: that it is not at once is as it should be, that it is not after a
 * while, or not any more, is for somebody to look at. For one thread.
 */
final class Complaints {

    private static final Duration START = Duration.ofSeconds(30);

    private final Ticker ticker;
    private final long startedAt;
    private List<String> said = List.of();
    private @Nullable Level how;
    private boolean wasReady;

    Complaints(Ticker ticker) {
        this.ticker = ticker;
        this.startedAt = ticker.nanos();
    }

    /**
     * The node is not ready.
     *
     * @param passing whether a start goes through this by itself
     * @return how to say so; null when it was said before
     */
    @Nullable Level about(List<String> reasons, boolean passing) {
        boolean starting = passing && !wasReady && ticker.nanos() - startedAt < START.toNanos();
        Level level = starting ? Level.INFO : Level.WARN;
        if (reasons.equals(said) && level == how) {
            return null;
        }
        said = reasons;
        how = level;
        return level;
    }

    /** The node is ready. */
    void none() {
        wasReady = true;
        said = List.of();
        how = null;
    }
}

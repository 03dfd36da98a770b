package io.orderwatch.faults;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * No fault at all: what is found broken after it is a mistake of the suite, or of a cluster that nobody touched. Comes
 * first, and leaves the JVMs of the nodes, and the suite's own, with the work of every day behind them, so that the
 * figures are those of the faults and not of a cold start.
 */
final class Nothing implements Fault {

    private static final Duration LASTS = Duration.ofSeconds(10);

    @Override
    public String what() {
        return "nothing, for " + LASTS.toSeconds() + " s";
    }

    @Override
    public Set<String> harms() {
        return Set.of();
    }

    @Override
    public Duration lasts() {
        return LASTS;
    }

    @Override
    public boolean blurs() {
        return false;
    }

    @Override
    public void inject() {
        // that is the point
    }

    @Override
    public void heal() {
        // nothing was harmed
    }

    @Override
    public Optional<String> proof() {
        return Optional.of("nothing happened");
    }
}

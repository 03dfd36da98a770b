package io.orderwatch.faults;

import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Two at once: the second one happens while the first one lasts. */
final class Both implements Fault {

    /** The first one lasts so much longer than the second one takes. */
    private static final Duration LEAST = Duration.ofSeconds(3);

    private final Fault first;
    private final Fault second;
    private final Duration between;

    Both(Fault first, Fault second, Duration between) {
        this.first = first;
        this.second = second;
        this.between = between;
    }

    @Override
    public String what() {
        return first.what() + ", and " + between.toMillis() + " ms later " + second.what();
    }

    @Override
    public Set<String> harms() {
        Set<String> harms = new HashSet<>(first.harms());
        harms.addAll(second.harms());
        return harms;
    }

    @Override
    public Duration lasts() {
        return second.lasts().compareTo(LEAST) > 0 ? second.lasts() : LEAST;
    }

    @Override
    public boolean blurs() {
        return first.blurs() || second.blurs();
    }

    @Override
    public long losses() {
        return (first.blurs() ? first.losses() : 0) + (second.blurs() ? second.losses() : 0);
    }

    @Override
    public void inject() throws Exception {
        first.inject();
        World.pass(between);
        second.inject();
    }

    /** The first one first: the servers that the second one needs to come back may be what it took away. */
    @Override
    public void heal() throws Exception {
        try {
            first.heal();
        } finally {
            second.heal();
        }
    }

    @Override
    public Optional<String> proof() throws Exception {
        Optional<String> one = first.proof();
        Optional<String> other = second.proof();
        return one.isEmpty() || other.isEmpty() ? Optional.empty() : Optional.of(one.get() + "; " + other.get());
    }
}

package io.orderwatch.faults;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** A node's wall clock jumps, stays so for a while, and jumps back. */
final class MovedClock implements Fault {

    /** A node compares its clock with the database's each 5 s. */
    private static final Duration LASTS = Duration.ofSeconds(12);

    private final World world;
    private final String victim;
    private final Duration ahead;
    private long noticed;

    MovedClock(World world, String victim, Duration ahead) {
        this.world = world;
        this.victim = victim;
        this.ahead = ahead;
    }

    @Override
    public String what() {
        return "the clock of " + victim + " is " + ahead.toSeconds() + " s ahead for " + LASTS.toSeconds() + " s";
    }

    @Override
    public Set<String> harms() {
        return Set.of(victim, "clock");
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
        world.clocks().put(victim, ahead);
    }

    @Override
    public void heal() {
        noticed = world.tables()
                .number(
                        "SELECT COUNT(*) FROM node_leases WHERE node = ? AND ABS(clock_ahead_ms - ?) < 2000",
                        victim,
                        ahead.toMillis());
        world.clocks().put(victim, Duration.ZERO);
    }

    @Override
    public Optional<String> proof() {
        return noticed == 0 ? Optional.empty() : Optional.of("the node has noticed it");
    }
}

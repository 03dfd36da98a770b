package io.orderwatch.faults;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** A node's wall clock jumps, stays so for a while, and jumps back. */
final class MovedClock implements Fault {

    /** It jumps ahead of what it wrote down by itself, and that is looked for a little later. */
    private static final Duration LASTS = Duration.ofSeconds(12);

    private final World world;
    private final String victim;
    private final Duration ahead;
    private long moved;

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
    public boolean movesClocks() {
        return true;
    }

    @Override
    public void inject() {
        world.clocks().put(victim, ahead);
    }

    @Override
    public void heal() {
        // when a try began is by the node's clock, when it was recorded by the database's
        moved = world.tables()
                .number(
                        "SELECT COUNT(*) FROM notification_attempts WHERE node = ?"
                                + " AND ABS(TIMESTAMPDIFF(SECOND, created_at, started_at) - ?) < 5",
                        victim,
                        ahead.toSeconds());
        world.clocks().put(victim, Duration.ZERO);
    }

    @Override
    public Optional<String> proof() {
        return moved == 0 ? Optional.empty() : Optional.of(moved + " tries were dated so");
    }
}

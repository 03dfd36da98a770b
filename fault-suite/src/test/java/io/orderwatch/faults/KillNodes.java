package io.orderwatch.faults;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Node processes end without a word, one after the other. */
final class KillNodes implements Fault {

    private static final Logger LOG = LoggerFactory.getLogger(KillNodes.class);

    private final World world;
    private final String figure;
    private final List<String> victims;
    private final Duration between;
    private long firstKilledAt;
    private long lastKilledAt;
    private long firstMarker;
    private long endMarker;

    /**
     * @param who how they are called in the figures: {@code a follower}
     * @param between from one's end to the next one's
     */
    KillNodes(World world, String who, List<String> victims, Duration between) {
        this.world = world;
        this.figure = "kill -9 of " + who + ": last of its shards swept elsewhere after (ms)";
        this.victims = victims;
        this.between = between;
    }

    @Override
    public String what() {
        return "kill -9 of " + String.join(" and ", victims)
                + (between.isZero() ? "" : ", " + between.toMillis() + " ms after the other");
    }

    @Override
    public Set<String> harms() {
        return Set.copyOf(victims);
    }

    @Override
    public Duration lasts() {
        return Duration.ofSeconds(3);
    }

    @Override
    public boolean blurs() {
        return true;
    }

    @Override
    public void inject() throws InterruptedException {
        Set<Long> shards = new HashSet<>(shards());
        firstKilledAt = System.currentTimeMillis();
        for (String victim : victims) {
            if (!victim.equals(victims.get(0))) {
                World.pass(between);
            }
            lastKilledAt = System.currentTimeMillis();
            world.nodes().kill(victim);
        }
        if (victims.size() > 1) {
            // what the later ones took over from the first
            shards.addAll(shards());
        }
        if (!shards.isEmpty()) {
            mark(shards);
        }
    }

    private Set<Long> shards() {
        try {
            return world.tables().numbers("SELECT shard FROM shard_leases WHERE node IN (" + names() + ")");
        } catch (IllegalStateException databaseIsAway) {
            return Set.of();
        }
    }

    private void mark(Set<Long> shards) {
        try {
            firstMarker = world.markers().write(shards);
            endMarker = world.markers().next();
        } catch (IllegalStateException databaseIsAway) {
            LOG.info("   what becomes of its shards is not measured: {}", databaseIsAway.getMessage());
        }
    }

    private String names() {
        return victims.stream().map(victim -> "'" + victim + "'").collect(Collectors.joining(", "));
    }

    @Override
    public void heal() {
        if (endMarker > firstMarker) {
            Awaitility.await("others sweep the shards of " + what())
                    .atMost(World.PATIENCE)
                    .pollInterval(Duration.ofMillis(100))
                    .until(() -> world.markers().unswept(firstMarker, endMarker) == 0);
            world.figures().add(figure, world.markers().lastSwept(firstMarker, endMarker) - lastKilledAt);
        }
        world.nodes().start(victims);
    }

    @Override
    public Optional<String> proof() {
        long taken = victims.stream()
                .mapToLong(victim -> world.takenOver(victim, firstKilledAt))
                .sum();
        return taken == 0 ? Optional.empty() : Optional.of(taken + " shards were taken over");
    }
}

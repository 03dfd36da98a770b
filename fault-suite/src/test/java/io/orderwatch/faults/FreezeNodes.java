package io.orderwatch.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** A node process stands still, as in a long collection of garbage or on a host that is suspended, and goes on. */
final class FreezeNodes implements Fault {

    /** Others take over what a node has that stands still for longer than its session and its lease. */
    private static final Duration TAKEN_OVER_AFTER = Duration.ofSeconds(7);

    private final World world;
    private final String victim;
    private final Duration pause;
    private final int times;
    private final Duration between;
    private boolean frozen;
    private int stood;
    private long since;

    FreezeNodes(World world, String victim, Duration pause, int times, Duration between) {
        this.world = world;
        this.victim = victim;
        this.pause = pause;
        this.times = times;
        this.between = between;
    }

    @Override
    public String what() {
        return "SIGSTOP of " + victim + " for " + pause.toMillis() + " ms" + (times > 1 ? ", " + times + " times" : "");
    }

    @Override
    public Set<String> harms() {
        return new HashSet<>(Set.of(victim));
    }

    @Override
    public Duration lasts() {
        return Duration.ZERO;
    }

    @Override
    public boolean blurs() {
        return true;
    }

    @Override
    public long losses() {
        return times;
    }

    @Override
    public void inject() throws InterruptedException, IOException {
        since = System.currentTimeMillis();
        for (int time = 1; time <= times; time++) {
            frozen = true;
            world.nodes().freeze(victim);
            World.pass(pause);
            if (stands()) {
                stood++;
            }
            thaw();
            if (time < times) {
                World.pass(between);
            }
        }
    }

    private boolean stands() throws IOException {
        String stat =
                Files.readString(Path.of("/proc", Long.toString(world.nodes().pid(victim)), "stat"));
        return stat.substring(stat.lastIndexOf(')')).startsWith(") T");
    }

    private void thaw() {
        world.nodes().thaw(victim);
        frozen = false;
    }

    @Override
    public void heal() {
        if (frozen) {
            thaw();
        }
    }

    @Override
    public Optional<String> proof() {
        long taken = world.takenOver(victim, since);
        long late = world.tables()
                .number(
                        "SELECT COUNT(*) FROM notification_attempts a JOIN notifications n ON n.id = a.notification_id"
                                + " JOIN shard_epochs e ON e.shard = n.shard AND e.epoch = a.epoch + 1"
                                + " WHERE a.node = ? AND a.epoch <> 0 AND a.started_at > e.granted_at"
                                + " AND a.started_at >= FROM_UNIXTIME(? / 1000)",
                        victim,
                        since);
        world.figures()
                .add(
                        "SIGSTOP of " + pause.toSeconds() + " s: sends that the node began when others had its shards",
                        late);
        world.figures().add("SIGSTOP of " + pause.toSeconds() + " s: shards taken over", taken);
        if (stood < times || (pause.compareTo(TAKEN_OVER_AFTER) >= 0 && taken == 0)) {
            return Optional.empty();
        }
        return Optional.of("it stood still " + stood + " times, and " + taken + " shards were taken over");
    }
}

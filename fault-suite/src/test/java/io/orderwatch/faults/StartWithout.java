package io.orderwatch.faults;

import io.orderwatch.faults.Catalogue.Entry;
import io.orderwatch.faults.net.Link;
import io.orderwatch.faults.net.Network.Store;
import io.orderwatch.stack.cluster.Said;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/**
 * A node is started while it cannot reach some of the stores, one entry for each set of them. It is alive, says what it
 * lacks, and gets ready by itself when it is all there.
 */
final class StartWithout {

    private static final Duration WHILE = Duration.ofSeconds(3);

    private final World world;

    StartWithout(World world) {
        this.world = world;
    }

    List<Entry> entries() {
        List<Entry> entries = new ArrayList<>();
        Store[] stores = Store.values();
        for (int set = 1; set < 1 << stores.length; set++) {
            List<Store> away = new ArrayList<>();
            for (Store store : stores) {
                if ((set & 1 << store.ordinal()) != 0) {
                    away.add(store);
                }
            }
            entries.add(Entry.of(
                    "start-without-"
                            + away.stream()
                                    .map(store -> store.name().toLowerCase(Locale.ROOT))
                                    .collect(Collectors.joining("-and-")),
                    random -> start(any(random), List.copyOf(away))));
        }
        return entries;
    }

    private String any(Random random) {
        List<String> ids = world.nodes().ids();
        return ids.get(random.nextInt(ids.size()));
    }

    private Fault start(String victim, List<Store> away) {
        List<Link> links = away.stream()
                .flatMap(store -> world.network().links(victim, store).stream())
                .toList();
        return new Act(victim + " is started without " + away, Set.of(victim), false, () -> {
            world.nodes().stop(victim);
            long bites = links.stream().mapToLong(Link::bites).sum();
            Said said;
            long pid;
            try {
                links.forEach(Link::cut);
                world.nodes().launch(victim);
                pid = world.nodes().pid(victim);
                Awaitility.await(victim + " says what it lacks")
                        .atMost(World.PATIENCE)
                        .until(() -> world.nodes().said(victim).waiting());
                if (away.equals(List.of(Store.REDIS))) {
                    // which nobody needs in order to work
                    Awaitility.await(victim + " works without Redis")
                            .atMost(World.PATIENCE)
                            .until(() -> shards(victim) > 0);
                }
                World.pass(WHILE);
                said = world.nodes().said(victim);
                if (world.nodes().dead().contains(victim) || !said.waiting()) {
                    throw new AssertionError(victim + " is " + said + " while " + away + " are away, and "
                            + (world.nodes().dead().isEmpty() ? "lives" : "has ended"));
                }
            } finally {
                links.forEach(Link::heal);
            }
            long healed = System.nanoTime();
            Awaitility.await(victim + " gets ready by itself")
                    .atMost(World.PATIENCE)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> world.nodes().said(victim).ready());
            world.figures()
                    .add(
                            "started without stores: ready after they are back (ms)",
                            Duration.ofNanos(System.nanoTime() - healed).toMillis());
            if (world.nodes().pid(victim) != pid) {
                throw new AssertionError(victim + " is another process than the one that was started");
            }
            long refused = links.stream().mapToLong(Link::bites).sum() - bites;
            return refused == 0
                    ? Optional.empty()
                    : Optional.of(
                            refused + " connections were refused, and it said: " + String.join(" ", said.reasons()));
        });
    }

    private long shards(String node) {
        return world.tables().number("SELECT COUNT(*) FROM shard_leases WHERE node = ?", node);
    }
}

package io.orderwatch.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** Threads, descriptors, connections and memory of the nodes: a fault may not leave some behind each time. */
final class Resources {

    /** A healthy node under this load has about half of it; one that leaks comes past it within some faults. */
    private static final long MOST_THREADS = 150;

    private static final long MOST_DESCRIPTORS = 400;
    /** The pools together. */
    private static final long MOST_CONNECTIONS = 40;
    /** What is left after a collection of garbage; a healthy node at rest has 30 of 240 MB in all. */
    private static final long MOST_HEAP_MB = 60;

    private static final long MB = 1 << 20;
    /** Connections that were cut are noticed late by one end or the other. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final World world;
    /** As it was found last, in MB: a look costs a collection of garbage. */
    private final Map<String, Long> heaps = new TreeMap<>();

    Resources(World world) {
        this.world = world;
    }

    List<String> tooMany() {
        try {
            Awaitility.await()
                    .atMost(PATIENCE)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofSeconds(1))
                    .until(() -> look().isEmpty());
            return List.of();
        } catch (ConditionTimeoutException e) {
            return look();
        }
    }

    /** For a look by people. */
    String told() {
        List<String> told = new ArrayList<>();
        for (String node : world.nodes().ids()) {
            told.add("%s %d threads, %d descriptors, %d connections, %d MB"
                    .formatted(
                            node, threads(node), descriptors(node), connections(node), heaps.getOrDefault(node, 0L)));
        }
        return String.join("; ", told);
    }

    private List<String> look() {
        List<String> tooMany = new ArrayList<>();
        for (String node : world.nodes().ids()) {
            compare(tooMany, node, "threads", threads(node), MOST_THREADS);
            compare(tooMany, node, "descriptors", descriptors(node), MOST_DESCRIPTORS);
            compare(tooMany, node, "connections to the database", connections(node), MOST_CONNECTIONS);
            compare(tooMany, node, "MB of live heap", heap(node), MOST_HEAP_MB);
        }
        return tooMany;
    }

    private static void compare(List<String> tooMany, String node, String what, long count, long most) {
        if (count > most) {
            tooMany.add(node + " has " + count + " " + what + ", more than " + most);
        }
    }

    private long threads(String node) {
        return entries(node, "task");
    }

    private long descriptors(String node) {
        return entries(node, "fd");
    }

    private long connections(String node) {
        return world.tables()
                .number("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = ?", World.account(node));
    }

    private long heap(String node) {
        try {
            long live = new Heap(world.nodes().jmxAddress(node)).live() / MB;
            heaps.put(node, live);
            world.figures().add("live heap of a node at rest (MB)", live);
            return live;
        } catch (IOException e) {
            throw new IllegalStateException("The heap of " + node + " cannot be looked at: " + e, e);
        }
    }

    private long entries(String node, String folder) {
        Path path = Path.of("/proc", Long.toString(world.nodes().pid(node)), folder);
        try (Stream<Path> entries = Files.list(path)) {
            return entries.count();
        } catch (IOException e) {
            throw new IllegalStateException(node + " cannot be looked into: " + e, e);
        }
    }
}

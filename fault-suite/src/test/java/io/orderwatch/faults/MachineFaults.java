package io.orderwatch.faults;

import io.orderwatch.faults.Catalogue.Entry;
import io.orderwatch.faults.net.Link;
import io.orderwatch.faults.net.Network.Store;
import io.orderwatch.stack.cluster.ClusterSettings;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.opentest4j.TestAbortedException;

/** What a node's host does to it. Some need rights or programs that not every machine has: they are skipped there. */
final class MachineFaults {

    private static final Duration WHILE = Duration.ofSeconds(8);
    private static final int COMMAND_WITHIN_SECONDS = 20;
    private static final int BLOCK_BYTES = 4_096;

    private final World world;

    MachineFaults(World world) {
        this.world = world;
    }

    List<Entry> entries() {
        return List.of(
                Entry.of("clock-ahead-5s", random -> clock(any(random), Duration.ofSeconds(5))),
                Entry.of("clock-ahead-20s", random -> clock(any(random), Duration.ofSeconds(20))),
                Entry.of("clock-behind-20s", random -> clock(any(random), Duration.ofSeconds(-20))),
                Entry.of("clock-ahead-1h", random -> clock(any(random), Duration.ofHours(1))),
                Entry.of("descriptors-exhausted", random -> descriptors(any(random))),
                Entry.of("disk-full", random -> disk(any(random))));
    }

    private String any(Random random) {
        List<String> ids = world.nodes().ids();
        return ids.get(random.nextInt(ids.size()));
    }

    private Fault clock(String victim, Duration ahead) {
        if (!world.clocks().available()) {
            throw new TestAbortedException("SKIPPED: there is no gcc to compile what moves a clock");
        }
        return new MovedClock(world, victim, ahead);
    }

    private Fault descriptors(String victim) {
        return new Act(victim + " may open no more files and connections", Set.of(victim), true, () -> {
            String pid = Long.toString(world.nodes().pid(victim));
            String hard = hardLimit(pid);
            long open;
            try (Stream<Path> files = Files.list(Path.of("/proc", pid, "fd"))) {
                open = files.count();
            }
            List<Link> links = Stream.of(Store.values())
                    .flatMap(store -> world.network().links(victim, store).stream())
                    .toList();
            try {
                command("prlimit", "--pid", pid, "--nofile=" + open / 2 + ":" + hard);
                links.forEach(Link::reset);
                World.pass(WHILE);
            } finally {
                command("prlimit", "--pid", pid, "--nofile=" + hard + ":" + hard);
            }
            return said(victim, "Too many open files")
                    ? Optional.of("its log says that there were too many open files")
                    : Optional.empty();
        });
    }

    private static String hardLimit(String pid) throws IOException {
        return Files.readAllLines(Path.of("/proc", pid, "limits")).stream()
                .filter(line -> line.startsWith("Max open files"))
                .map(line -> line.trim().split("\\s{2,}")[2])
                .findFirst()
                .orElseThrow();
    }

    private boolean said(String node, String words) throws IOException {
        try (Stream<String> lines =
                Files.lines(world.nodes().logs(node).resolve("system.log"), StandardCharsets.UTF_8)) {
            return lines.anyMatch(line -> line.contains(words));
        }
    }

    /** The node's logs go to a small file system of their own, which then fills up. */
    private Fault disk(String victim) {
        return new Act("the disk of the logs of " + victim + " is full", Set.of(victim), false, () -> {
            Path logs = world.nodes().logs(victim).toAbsolutePath();
            world.nodes().stop(victim);
            Files.createDirectories(logs);
            try {
                command("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", logs.toString());
            } catch (IOException notAllowed) {
                world.nodes().start(victim);
                throw new TestAbortedException(
                        "SKIPPED: no file system can be mounted here: " + notAllowed.getMessage());
            }
            Optional<String> proof;
            try {
                world.nodes().start(victim);
                world.awaitWhole();
                Path filler = logs.resolve("filler");
                fill(filler);
                List<Long> all =
                        LongStream.range(0, ClusterSettings.SHARDS).boxed().toList();
                long first = world.markers().write(all);
                World.pass(WHILE);
                long end = world.markers().next();
                Awaitility.await("all shards are swept")
                        .atMost(World.PATIENCE)
                        .until(() -> world.markers().unswept(first, end) == 0);
                long free = Files.getFileStore(logs).getUsableSpace();
                proof = free == 0 ? Optional.of("nothing more could be written") : Optional.empty();
                Files.delete(filler);
            } finally {
                world.nodes().stop(victim);
                command("umount", logs.toString());
                world.nodes().start(victim);
            }
            return proof;
        });
    }

    private static void fill(Path filler) throws IOException {
        try (OutputStream out = Files.newOutputStream(filler)) {
            while (true) {
                out.write(new byte[BLOCK_BYTES]);
            }
        } catch (IOException full) {
            if (Files.getFileStore(filler).getUsableSpace() > 0) {
                throw full;
            }
        }
    }

    /** @throws IOException if there is no such program, or it fails */
    private static void command(String... words) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        process.getOutputStream().close();
        if (!process.waitFor(COMMAND_WITHIN_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException(String.join(" ", words) + " failed: "
                    + new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip());
        }
    }
}

package io.orderwatch.faults;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The wall clock of each node, which can be put forward and back while the node runs; what it measures by its monotonic
 * clock stays as it is. Needs a C compiler; without one no clock can be moved.
 */
final class WallClock {

    private static final int COMPILED_WITHIN_SECONDS = 60;

    private final Path folder;
    private final Path library;
    private final boolean available;

    WallClock(Path folder) throws IOException, InterruptedException {
        this.folder = Files.createDirectories(folder.toAbsolutePath().resolve("clocks"));
        this.library = this.folder.resolve("wall.so");
        this.available = compile();
    }

    private boolean compile() throws IOException, InterruptedException {
        Path source = folder.resolve("wall-clock-shim.c");
        try (InputStream shim = WallClock.class.getResourceAsStream("/wall-clock-shim.c")) {
            if (shim == null) {
                throw new IOException("wall-clock-shim.c is not on the class path");
            }
            Files.copy(shim, source, StandardCopyOption.REPLACE_EXISTING);
        }
        try {
            Process gcc = new ProcessBuilder(
                            "gcc", "-shared", "-fPIC", "-o", library.toString(), source.toString(), "-ldl")
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("gcc.log").toFile())
                    .start();
            return gcc.waitFor(COMPILED_WITHIN_SECONDS, TimeUnit.SECONDS) && gcc.exitValue() == 0;
        } catch (IOException noCompiler) {
            return false;
        }
    }

    boolean available() {
        return available;
    }

    /** What the node's process has to be given. */
    Map<String, String> environment(String node) {
        if (!available) {
            return Map.of();
        }
        put(node, Duration.ZERO);
        return Map.of(
                "LD_PRELOAD", library.toString(), "WALL_OFFSET_FILE", file(node).toString());
    }

    /** Puts a node's clock so far ahead of ours. */
    void put(String node, Duration ahead) {
        try {
            Path next = folder.resolve(node + ".next");
            Files.writeString(next, Long.toString(ahead.toMillis()));
            Files.move(next, file(node), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new IllegalStateException("The clock of " + node + " cannot be put: " + e, e);
        }
    }

    private Path file(String node) {
        return folder.resolve(node + ".offset");
    }
}

package io.orderwatch.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Has a running node end, or wait for a moment, at a place of its program: each node was started under a property that names a file, and does
 * what that file says. It renames the file before it does.
 */
final class KillPoints {

    private static final String PROPERTY = "orderwatch.kill-point-file";

    private final Path folder;

    KillPoints(Path folder) throws IOException {
        this.folder =
                Files.createDirectories(folder.toAbsolutePath().normalize().resolve("kill-points"));
    }

    /** What the node's JVM has to be given. */
    String option(String node) {
        return "-D" + PROPERTY + "=" + file(node);
    }

    /** It ends there. */
    void arm(String node, String place) throws IOException {
        write(node, place);
    }

    /** A thread of it waits there for two seconds. */
    void hold(String node, String place) throws IOException {
        write(node, held(place));
    }

    private static String held(String place) {
        return place + " hold";
    }

    private void write(String node, String text) throws IOException {
        Files.deleteIfExists(passed(node));
        Path next = folder.resolve(node + ".next");
        Files.writeString(next, text);
        Files.move(next, file(node), StandardCopyOption.ATOMIC_MOVE);
    }

    void disarm(String node) throws IOException {
        Files.deleteIfExists(file(node));
    }

    /** Whether the node has come to its place since it was armed, and ended there. */
    boolean ended(String node, String place) {
        return obeyed(node, place);
    }

    /** Whether a thread of the node has come to its place since that was said. */
    boolean waits(String node, String place) {
        return obeyed(node, held(place));
    }

    private boolean obeyed(String node, String text) {
        try {
            return Files.exists(passed(node)) && Files.readString(passed(node)).equals(text);
        } catch (IOException e) {
            throw new IllegalStateException("What " + node + " did cannot be read: " + e, e);
        }
    }

    private Path file(String node) {
        return folder.resolve(node);
    }

    private Path passed(String node) {
        return folder.resolve(node + ".passed");
    }
}

package io.orderwatch.node.cli;

import io.orderwatch.node.config.NodeConfig;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * The files by which a node and the scripts of its host know of each other. The lock says whether the node runs: it
 * ends with the process, however that ends, and no other process can be mistaken for it.
 *
 * @param folder where they are
 * @param node id of the node
 */
record RunFolder(Path folder, String node) {

    private static final int LOCK_TRIES = 20;
    private static final long LOCK_WAIT_NANOS = 50_000_000;

    static RunFolder of(NodeConfig config) {
        return new RunFolder(config.node().run(), config.node().id());
    }

    Path stateFile() {
        return folder.resolve(node + ".state");
    }

    Path pidFile() {
        return folder.resolve(node + ".pid");
    }

    /** There while an operator wants the node to stay up without shards. */
    Path drainFile() {
        return folder.resolve(node + ".drain");
    }

    private Path lockFile() {
        return folder.resolve(node + ".lock");
    }

    /** Takes the lock of the node, which lasts until the channel is closed. */
    FileChannel lock() throws AlreadyRunningException, IOException {
        Files.createDirectories(folder);
        FileChannel channel = FileChannel.open(lockFile(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            // a few tries, since a script that looks whether the node runs holds the lock for that moment
            for (int i = 0; i < LOCK_TRIES; i++) {
                if (tryLock(channel).isPresent()) {
                    return channel;
                }
                LockSupport.parkNanos(LOCK_WAIT_NANOS);
            }
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
        channel.close();
        throw new AlreadyRunningException(node, pid());
    }

    /** Whether a process of the node runs. */
    boolean running() throws IOException {
        try (FileChannel channel = FileChannel.open(lockFile(), StandardOpenOption.WRITE)) {
            return tryLock(channel).isEmpty();
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** Says so when a process of the node runs. */
    void failIfRunning() throws AlreadyRunningException, IOException {
        if (running()) {
            throw new AlreadyRunningException(node, pid());
        }
    }

    private static Optional<FileLock> tryLock(FileChannel channel) throws IOException {
        try {
            return Optional.ofNullable(channel.tryLock());
        } catch (OverlappingFileLockException e) {
            return Optional.empty(); // held within this very process
        }
    }

    /** Writes the id of the process for other programs; our own scripts read it from the state. */
    void writePid(long pid) throws IOException {
        replace(pidFile(), pid + "\n");
    }

    /** Writes the state so that a reader sees either the old one or the new one. */
    void write(NodeState state) throws IOException {
        replace(stateFile(), String.join("\n", state.lines()) + "\n");
    }

    private static void replace(Path file, String text) throws IOException {
        Path next = file.resolveSibling(file.getFileName() + ".tmp");
        Files.writeString(next, text);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** What the node last said of itself; empty when it never ran here, or when the file makes no sense. */
    Optional<NodeState> read() throws IOException {
        try {
            return Optional.of(NodeState.of(Files.readAllLines(stateFile())));
        } catch (NoSuchFileException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private String pid() throws IOException {
        try {
            return Files.readString(pidFile()).strip();
        } catch (NoSuchFileException e) {
            return "unknown";
        }
    }
}

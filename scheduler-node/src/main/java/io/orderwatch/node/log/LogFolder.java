package io.orderwatch.node.log;

import io.orderwatch.node.config.NodeConfig;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The folder that one node alone writes its log files to: the configured one, or a subfolder of the node's id where
 * another node of the host was there first. Two processes that write and roll over one file lose lines.
 */
public final class LogFolder implements AutoCloseable {

    private final Path path;
    private final @Nullable FileChannel lock;

    private LogFolder(Path path, @Nullable FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Creates the folder, takes it, and holds it until it is closed.
     *
     * @throws IOException when it cannot be written
     */
    public static LogFolder take(NodeConfig config) throws IOException {
        Path shared = config.node().logs();
        Path own = shared.resolve(config.node().id());
        Files.createDirectories(shared);
        // a node that was given its own folder once keeps it, or its lines would be spread over two
        if (!Files.isDirectory(own)) {
            FileChannel channel =
                    FileChannel.open(shared.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (tryLock(channel)) {
                return new LogFolder(shared, channel);
            }
            channel.close();
            Files.createDirectories(own);
        }
        return new LogFolder(own, null);
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false; // held by another node within this very process
        }
    }

    public Path path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        if (lock != null) {
            lock.close();
        }
    }
}

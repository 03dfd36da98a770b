package io.orderwatch.stack.demo;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Where a demo keeps its files: one demo at a time, and each begins with an empty folder. */
final class DemoFolder implements AutoCloseable {

    private final Path folder;
    private final FileChannel lock;

    private DemoFolder(Path folder, FileChannel lock) {
        this.folder = folder;
        this.lock = lock;
    }

    /** Empties the folder and keeps other demos out. */
    static DemoFolder take(Path folder) {
        try {
            Files.createDirectories(folder);
            FileChannel channel =
                    FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock();
            if (lock == null) {
                channel.close();
                throw new DemoException("A demo runs already in " + folder + ".");
            }
            empty(folder);
            Files.createDirectories(folder.resolve("logs"));
            return new DemoFolder(folder, channel);
        } catch (IOException e) {
            throw new DemoException("The folder " + folder + " cannot be used: " + e, e);
        }
    }

    Path servers() {
        return folder.resolve("servers");
    }

    Path logs() {
        return folder.resolve("logs");
    }

    /** Where the nodes keep what is theirs. */
    Path nodes() {
        return folder;
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw new DemoException("The lock of " + folder + " cannot be given back: " + e, e);
        }
    }

    private static void empty(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder)) {
            files = all.filter(file -> !file.equals(folder) && !file.equals(folder.resolve("lock")))
                    .sorted(Comparator.reverseOrder())
                    .toList();
        }
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
    }
}

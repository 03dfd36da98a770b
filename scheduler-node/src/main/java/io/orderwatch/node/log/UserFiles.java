package io.orderwatch.node.log;

import io.orderwatch.job.Ticker;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * A file for each user, {@code user_<id>.log}, of which only the most recently used are open. A file that would grow
 * beyond its limit becomes {@code user_<id>.1.log}, the one before it {@code user_<id>.2.log}, and so on. For one
 * thread at a time.
 */
final class UserFiles implements AutoCloseable {

    /** Id of all that is no user's id, so that nothing else ever becomes part of a path. */
    static final String NOBODY = "unknown";

    private static final Pattern USER_ID = Pattern.compile("-?[0-9]{1,19}");

    // the cleanup job removes files that nobody wrote to for days: one that rested is opened anew, for it may be gone
    private static final long LOOK_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final Path folder;
    private final int mostOpen;
    private final long mostBytes;
    private final int backups;
    private final Ticker ticker;
    private final LinkedHashMap<String, OpenFile> open = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * @param mostOpen files that stay open, at least 1
     * @param mostBytes a file is not made larger than this, unless by a single longer write
     * @param backups older files of each user that are kept, 0 for none
     */
    UserFiles(Path folder, int mostOpen, long mostBytes, int backups, Ticker ticker) {
        this.folder = folder;
        this.mostOpen = mostOpen;
        this.mostBytes = mostBytes;
        this.backups = backups;
        this.ticker = ticker;
    }

    /** The id as part of a file's name: itself when it is a number, else {@link #NOBODY}. */
    static String safe(String userId) {
        return USER_ID.matcher(userId).matches() ? userId : NOBODY;
    }

    /**
     * Writes to the end of a user's file, all or nothing as far as the disk allows.
     *
     * @param user as {@link #safe} gives it
     * @throws IOException when it cannot be written; the file is closed then, and the next write opens it anew
     */
    void write(String user, byte[] lines) throws IOException {
        OpenFile file = file(user);
        try {
            if (file.size > 0 && file.size + lines.length > mostBytes) {
                file.stream.close();
                open.remove(user);
                rollOver(user);
                file = file(user);
            }
            file.size += lines.length;
            file.stream.write(lines);
            file.lastWrite = ticker.nanos();
        } catch (IOException e) {
            open.remove(user);
            closeQuietly(file, e);
            throw e;
        }
    }

    int open() {
        return open.size();
    }

    private OpenFile file(String user) throws IOException {
        OpenFile file = open.get(user);
        if (file != null && ticker.nanos() - file.lastWrite < LOOK_AGAIN_NANOS) {
            return file;
        }
        if (file != null) {
            open.remove(user);
            file.stream.close();
        }
        Path path = path(user, 0);
        FileOutputStream stream;
        try {
            stream = append(path);
        } catch (FileNotFoundException e) {
            Files.createDirectories(folder);
            stream = append(path);
        }
        OpenFile opened = new OpenFile(stream, path.toFile().length(), ticker.nanos());
        open.put(user, opened);
        if (open.size() > mostOpen) {
            Iterator<OpenFile> leastRecent = open.values().iterator();
            OpenFile eldest = leastRecent.next();
            leastRecent.remove();
            eldest.stream.close();
        }
        return opened;
    }

    // A stream and not a channel: Log4j interrupts the thread of an Async appender when it is to end, with lines still
    // in its queue, and an interrupted thread that writes to a channel closes it and writes nothing.
    private static FileOutputStream append(Path path) throws FileNotFoundException {
        return new FileOutputStream(path.toFile(), true);
    }

    private void rollOver(String user) throws IOException {
        if (backups == 0) {
            Files.deleteIfExists(path(user, 0));
            return;
        }
        for (int i = backups - 1; i >= 0; i--) {
            if (Files.exists(path(user, i))) {
                Files.move(path(user, i), path(user, i + 1), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private Path path(String user, int backup) {
        return folder.resolve("user_" + user + (backup == 0 ? "" : "." + backup) + ".log");
    }

    private static void closeQuietly(OpenFile file, IOException cause) {
        try {
            file.stream.close();
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    /** Closes all files; the first failure is thrown when all were tried. */
    @Override
    public void close() throws IOException {
        IOException failure = null;
        for (Map.Entry<String, OpenFile> entry : open.entrySet()) {
            try {
                entry.getValue().stream.close();
            } catch (IOException e) {
                failure = failure == null ? e : failure;
            }
        }
        open.clear();
        if (failure != null) {
            throw failure;
        }
    }

    private static final class OpenFile {

        private final FileOutputStream stream;
        private long size;
        private long lastWrite;

        private OpenFile(FileOutputStream stream, long size, long lastWrite) {
            this.stream = stream;
            this.size = size;
            this.lastWrite = lastWrite;
        }
    }
}

package io.orderwatch.node.log;

import io.orderwatch.job.NodeJob;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes the node's log files that nobody wrote to for longer than their retention: rolled-over files of its own log,
 * and users' files, those of users gone quiet too. Files that it does not know by their names stay, and so does the
 * open {@code system.log} however quiet the node is.
 */
public final class LogFileRetention implements NodeJob {

    /** Name of the job, shared with the one that removes old rows. */
    public static final String NAME = "log-cleanup";

    private static final Logger LOG = LoggerFactory.getLogger(LogFileRetention.class);
    private static final Pattern ROLLED_OVER = Pattern.compile("system-.+\\.log(\\.gz)?");
    private static final Pattern OF_USER = Pattern.compile("user_.+\\.log(\\.gz)?");

    private final Path folder;
    private final Duration retention;
    private final InstantSource clock;

    /**
     * @param folder of the node's log files
     * @param clock the one that files are dated by: this host's
     */
    public LogFileRetention(Path folder, Duration retention, InstantSource clock) {
        this.folder = folder;
        this.retention = retention;
        this.clock = clock;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int run(BooleanSupplier stopped) {
        Instant before = clock.instant().minus(retention);
        int removed = remove(folder, ROLLED_OVER, before, stopped)
                + remove(folder.resolve("users"), OF_USER, before, stopped);
        if (removed > 0) {
            LOG.info("Removed log files under {} that were last written before {}: {}.", folder, before, removed);
        }
        return removed;
    }

    private static int remove(Path folder, Pattern names, Instant before, BooleanSupplier stopped) {
        int removed = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(
                folder, file -> names.matcher(file.getFileName().toString()).matches())) {
            for (Path file : files) {
                if (stopped.getAsBoolean()) {
                    break;
                }
                removed += remove(file, before) ? 1 : 0;
            }
        } catch (NoSuchFileException e) {
            return 0; // no user was ever logged here
        } catch (IOException e) {
            LOG.warn("The log files of {} cannot be listed, so old ones stay: {}", folder, e.toString());
        }
        return removed;
    }

    private static boolean remove(Path file, Instant before) {
        try {
            return Files.getLastModifiedTime(file).toInstant().isBefore(before) && Files.deleteIfExists(file);
        } catch (NoSuchFileException e) {
            return false; // rolled over at this moment
        } catch (IOException e) {
            LOG.warn("The old log file {} cannot be removed: {}", file, e.toString());
            return false;
        }
    }
}

package io.orderwatch.node;

import io.orderwatch.job.KillPoints;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the process, as {@code kill -9} would, at the place that a file names; or, where {@code hold} follows the name, has
 * the thread that comes there wait for {@link #HOLD}, so that the process can be stopped from outside right there. Only
 * for tests of faults: which file that is says a system property of the process, and nothing else does, so that nobody
 * who has but SQL, JMX or the configuration can have a node end. The file need not be there; it is looked for whenever a
 * place is passed. Whoever obeys it renames it first, so that one thread does, the next process under that property
 * lives, and a test sees it.
 */
final class ArmedKillPoints implements KillPoints {

    /** Names the file. */
    static final String PROPERTY = "orderwatch.kill-point-file";

    private static final String HELD = " hold";

    /** For a test to see it and to stop the process meanwhile. It goes on when that time is over, stopped or not. */
    private static final Duration HOLD = Duration.ofSeconds(2);

    /** Of the process; no command and no signal ends with it. */
    static final int EXIT_CODE = 86;

    private static final Logger LOG = LoggerFactory.getLogger(ArmedKillPoints.class);

    private final Path file;
    private final Path passed;
    private final Runnable halt;
    private final Runnable hold;

    ArmedKillPoints(Path file, Runnable halt, Runnable hold) {
        this.file = file;
        this.passed = file.resolveSibling(file.getFileName() + ".passed");
        this.halt = halt;
        this.hold = hold;
    }

    /**
     * Those of this process; to be asked once.
     *
     * @param file what {@link #PROPERTY} says; null or blank: it is not set, as it never is but for tests
     */
    static KillPoints of(@Nullable String file) {
        if (file == null || file.isBlank()) {
            return KillPoints.NONE;
        }
        LOG.error(
                "KILL POINTS ARE ARMED by -D{}={}: this process ends without a word at the place that this file names,"
                        + " which is for tests alone. The places are {}",
                PROPERTY,
                file,
                Arrays.stream(Place.values()).map(Place::text).collect(Collectors.joining(", ")));
        return new ArmedKillPoints(
                Path.of(file), () -> Runtime.getRuntime().halt(EXIT_CODE), ArmedKillPoints::waitToBeStopped);
    }

    /** The time that the process stands still counts. */
    private static void waitToBeStopped() {
        long begun = System.nanoTime();
        while (System.nanoTime() - begun < HOLD.toNanos()) {
            LockSupport.parkNanos(HOLD.toNanos() / 100);
        }
    }

    @Override
    public void pass(Place place) {
        if (!Files.exists(file)) {
            return;
        }
        if (says(place.text())) {
            LOG.error("This process ends at {}", place.text());
            halt.run();
        } else if (says(place.text() + HELD)) {
            LOG.error("{} waits at {}", Thread.currentThread().getName(), place.text());
            hold.run();
        }
    }

    private boolean says(String what) {
        try {
            if (!Files.readString(file, StandardCharsets.UTF_8).strip().equals(what)) {
                return false;
            }
            Files.move(file, passed, StandardCopyOption.ATOMIC_MOVE);
            return true;
        } catch (IOException taken) {
            LOG.debug("{} is no longer there", file, taken);
            return false;
        }
    }
}

package io.orderwatch.faults;

import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** Markers in all shards, again and again, so that one sees how long each of them is left alone. */
final class Pulse implements AutoCloseable {

    private static final int EVERY_MILLIS = 400;

    private final Markers markers;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread pulse = new Thread(task, "pulse");
        pulse.setDaemon(true);
        return pulse;
    });
    private final ScheduledFuture<?> beats;
    private final long first;

    Pulse(Markers markers, int shards) {
        this.markers = markers;
        this.first = markers.next();
        Collection<Long> all = LongStream.range(0, shards).boxed().collect(Collectors.toSet());
        this.beats = thread.scheduleAtFixedRate(
                () -> markers.write(Set.copyOf(all)), 0, EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }

    long first() {
        return first;
    }

    /** The id after the last one that was written by now. */
    long end() {
        return markers.next();
    }

    /** Fails if a beat did. */
    @Override
    public void close() throws InterruptedException, ExecutionException {
        thread.shutdown();
        thread.awaitTermination(30, TimeUnit.SECONDS);
        // one that went well to its end was cancelled by the shutdown
        if (!beats.isCancelled()) {
            beats.get();
        }
    }
}

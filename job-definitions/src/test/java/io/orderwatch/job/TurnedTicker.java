package io.orderwatch.job;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** A monotonic clock that a test turns. */
public final class TurnedTicker implements Ticker {

    private final AtomicLong nanos = new AtomicLong();

    @Override
    public long nanos() {
        return nanos.get();
    }

    public void turn(Duration by) {
        nanos.addAndGet(by.toNanos());
    }
}

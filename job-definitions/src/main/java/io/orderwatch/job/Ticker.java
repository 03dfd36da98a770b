package io.orderwatch.job;

/** A monotonic clock for measuring spans and deadlines within one process; it says nothing about the time of day. */
@FunctionalInterface
public interface Ticker {

    /** Nanoseconds since some fixed moment. */
    long nanos();

    /** The JVM's own. */
    static Ticker system() {
        return System::nanoTime;
    }
}

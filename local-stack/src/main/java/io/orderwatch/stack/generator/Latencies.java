package io.orderwatch.stack.generator;

import java.util.Arrays;

/** How long something took, counted by the millisecond. Safe for use by many threads. */
final class Latencies {

    /** What takes longer is counted as this long. */
    private static final int MAX_MILLIS = 600_000;

    private final int[] counts = new int[MAX_MILLIS + 1];
    private long size;

    synchronized void record(long millis) {
        counts[(int) Math.max(0, Math.min(MAX_MILLIS, millis))]++;
        size++;
    }

    /** @return the milliseconds that so great a part of them took at most; 0 if there were none */
    synchronized long quantile(double part) {
        long rank = (long) Math.ceil(size * part);
        long seen = 0;
        for (int millis = 0; millis < counts.length && size > 0; millis++) {
            seen += counts[millis];
            if (seen >= rank) {
                return millis;
            }
        }
        return 0;
    }

    synchronized void clear() {
        Arrays.fill(counts, 0);
        size = 0;
    }

    synchronized long size() {
        return size;
    }
}

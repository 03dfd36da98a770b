package io.orderwatch.job.notification;

/** So many requests a second, and so many at once after a rest. Guarded by its owner. */
final class TokenBucket {

    private static final double NANOS = 1e9;

    private double perNano;
    private double burst;
    private double tokens;
    private long at;

    /** Full at first. */
    TokenBucket(double perSecond, double burst, long now) {
        this.at = now;
        pace(perSecond, burst, now);
        this.tokens = this.burst;
    }

    /** Changes its pace; what it holds stays, up to the new burst. */
    void pace(double perSecond, double most, long now) {
        fill(now);
        perNano = perSecond / NANOS;
        // less than one would never let anything through
        burst = Math.max(1, most);
        tokens = Math.min(tokens, burst);
    }

    int available(long now) {
        fill(now);
        return (int) tokens;
    }

    void take() {
        tokens--;
    }

    /** Not needed after all. */
    void putBack(int count) {
        tokens = Math.min(burst, tokens + count);
    }

    /** Nanoseconds until there is one. */
    long untilNext(long now) {
        fill(now);
        return tokens >= 1 ? 0 : (long) Math.ceil((1 - tokens) / perNano);
    }

    private void fill(long now) {
        tokens = Math.min(burst, tokens + (now - at) * perNano);
        at = now;
    }
}

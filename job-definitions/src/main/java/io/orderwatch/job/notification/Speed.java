package io.orderwatch.job.notification;

import java.time.Duration;

/** The average time of the last hundred answers of a merchant, and whether that is slow. */
final class Speed {

    private static final int ANSWERS = 100;
    /** Fewer say nothing. */
    private static final int LEAST = 10;
    /** Fast again only when it is clearly so, or it would go to and fro. */
    private static final double FAST_AGAIN = 0.9;

    private final long slowMillis;
    /** Milliseconds; made when the first answer comes. */
    private int[] last = {};

    private int next;
    private int count;
    private long sum;
    private boolean slow;

    Speed(Duration slowAfter) {
        this.slowMillis = slowAfter.toMillis();
    }

    /** Returns whether it became slow, or fast again, by this answer. */
    boolean answered(Duration took) {
        if (count == 0) {
            last = new int[ANSWERS];
        }
        int millis = (int) Math.min(Integer.MAX_VALUE, took.toMillis());
        sum += millis - last[next];
        last[next] = millis;
        next = (next + 1) % ANSWERS;
        count = Math.min(ANSWERS, count + 1);
        boolean before = slow;
        slow = count >= LEAST && sum > count * slowMillis * (slow ? FAST_AGAIN : 1);
        return slow != before;
    }

    boolean slow() {
        return slow;
    }

    Duration average() {
        return Duration.ofMillis(count == 0 ? 0 : sum / count);
    }
}

package io.orderwatch.job;

/**
 * What one batch of a {@link ShardJob} came to.
 *
 * @param worked rows dealt with
 * @param more whether another batch would find more at once
 */
public record Sweep(int worked, boolean more) {

    /** Nothing to do. */
    public static final Sweep IDLE = new Sweep(0, false);
}

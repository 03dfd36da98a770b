package io.orderwatch.job;

import java.util.Locale;

/**
 * Told of the places at which it would be worst if this process ended or stood still: between a deed and what makes it
 * known. A test of faults has the process end there, or wait for a moment in which it is frozen; else nothing happens, and
 * nothing is asked. Safe for use by many threads.
 */
@FunctionalInterface
public interface KillPoints {

    /** Nothing ever ends. */
    KillPoints NONE = place -> {};

    /** Does not return where the process is to end here. */
    void pass(Place place);

    /** Where it may end. */
    enum Place {
        /** A transaction that notices orders has begun; which shards are still the node's is yet to be asked. */
        BEFORE_FENCE,
        /** Notifications were written as claimed, which is committed; none of them was sent. */
        AFTER_CLAIM_AT_BIRTH,
        /** Notifications that were due are claimed, which is committed; none of them was sent. */
        AFTER_CLAIM,
        /** The last look at a claim has found that its request may be written; nothing of it is. */
        BEFORE_SEND,
        /** A merchant has accepted a notification, and nothing of that is written down. */
        AFTER_ANSWER,
        /** A merchant has answered that it does not accept, and nothing of that is written down. */
        AFTER_REFUSAL,
        /** The leader has raised epochs of shards, which is committed; the plan does not say so yet. */
        AFTER_EPOCH_RAISED,
        /** The node's lease runs, and a sweep of its shards is to begin. */
        BETWEEN_RENEWAL_AND_WORK;

        /** {@code before-send}. */
        public String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}

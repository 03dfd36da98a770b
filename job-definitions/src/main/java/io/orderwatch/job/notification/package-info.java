/**
 * Delivery: from a notification that waits in the outbox to a merchant that answered.
 *
 * <p>{@code Delivery} takes the ids, {@code Lanes} queues them fairly and bounds what is under way, the dispatcher
 * claims them in batches, a {@code Channel} carries them to the merchant, {@code Judge} decides what the answer means
 * and the recorder writes the results in batches. The claim token in the database makes it right; locks and ownership
 * keep two nodes from working on the same row in vain.
 */
@org.jspecify.annotations.NullMarked
package io.orderwatch.job.notification;

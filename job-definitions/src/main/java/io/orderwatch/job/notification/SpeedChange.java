package io.orderwatch.job.notification;

import java.time.Duration;

/**
 * A merchant became slow, or is fast again.
 *
 * @param slow whether it is in the slow lane from now on
 * @param average of its last answers on this node
 * @param node that noticed; each node judges by its own calls
 */
public record SpeedChange(long merchantId, boolean slow, Duration average, String node) {}

package io.orderwatch.dao.notification;

import java.util.List;

/**
 * What a claim came to. Notifications that were asked for and are in neither were not due, or somebody else has them.
 *
 * @param claimed ours to send
 * @param held how many were held instead, since a switch is off
 */
public record ClaimResult(List<ClaimedNotification> claimed, int held) {

    /** Nothing was claimed. */
    public static final ClaimResult NONE = new ClaimResult(List.of(), 0);
}

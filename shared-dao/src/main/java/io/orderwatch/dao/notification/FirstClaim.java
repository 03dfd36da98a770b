package io.orderwatch.dao.notification;

import java.time.Duration;
import java.util.Set;

/**
 * A claim that notifications are written with, so that no claim has to follow.
 *
 * @param ids of those that are claimed; the others are written as due
 * @param by the node that claims them, or only writes them
 * @param token the results have to carry it
 * @param lease counts from the statement that writes the rows
 */
public record FirstClaim(Set<Long> ids, String by, long token, Duration lease) {

    /** All are due. */
    public static final FirstClaim NONE = new FirstClaim(Set.of(), "", 0, Duration.ZERO);
}

package io.orderwatch.dao.notification;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened to an order.
 *
 * @param kind {@code STATUS}, {@code NOTIFICATION}, {@code ATTEMPT}, {@code DONE} or {@code SET_ASIDE}
 * @param notificationId null: it concerns the order itself
 * @param what one line
 * @param node that did it, or who did it by hand; null: nobody in particular
 * @param epoch under which its shard was owned; 0: by hand; null as for the node
 */
public record HistoryLine(
        Instant at,
        String kind,
        @Nullable Long notificationId,
        String what,
        @Nullable String node,
        @Nullable Long epoch) {}

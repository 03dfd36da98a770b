package io.orderwatch.dao.notification;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whom to tell, and how.
 *
 * @param enabled whether it is notified at all
 * @param events names of the order states that it wants to hear of
 * @param successWord what the body of its answer must be; null: any 2xx will do
 * @param retryDelays as an operator wrote it, such as {@code 5s,30s,5m}
 * @param endpoints those that are on, by id; empty when there is none
 */
public record Merchant(
        long id,
        String name,
        boolean enabled,
        Set<String> events,
        @Nullable String successWord,
        String retryDelays,
        List<Endpoint> endpoints) {}

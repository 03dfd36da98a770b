package io.orderwatch.dao.notification;

import java.util.List;
import java.util.Set;

/**
 * Whom to tell, and how.
 *
 * @param enabled whether it is notified at all
 * @param events names of the order states that it wants to hear of
 * @param endpoints those that are on, by priority and id; empty when there is none
 */
public record Merchant(
        long id,
        String name,
        boolean enabled,
        Set<String> events,
        SuccessRule success,
        Retries retries,
        List<Endpoint> endpoints) {}

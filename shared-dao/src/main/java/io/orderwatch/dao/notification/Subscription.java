package io.orderwatch.dao.notification;

import java.util.Set;

/**
 * What a merchant wants to hear of.
 *
 * @param enabled false: its notifications wait until it is switched on
 * @param events names of order states
 */
public record Subscription(boolean enabled, Set<String> events) {}

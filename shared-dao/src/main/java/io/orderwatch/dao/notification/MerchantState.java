package io.orderwatch.dao.notification;

/**
 * A merchant as an operator sees it.
 *
 * @param status 1: notified; anything else: paused
 * @param endpoints those that are on
 * @param state {@code normal}, {@code slow} or {@code open}
 */
public record MerchantState(long id, String name, int status, int endpoints, String state) {}

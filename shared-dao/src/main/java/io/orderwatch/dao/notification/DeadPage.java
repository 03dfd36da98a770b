package io.orderwatch.dao.notification;

import org.jspecify.annotations.Nullable;

/**
 * What was found among some notifications that follow each other.
 *
 * @param found given up, and as the filter says
 * @param last the id to go on behind; null: there are no more
 */
public record DeadPage(long found, @Nullable Long last) {}

package io.orderwatch.dao.notification;

import org.jspecify.annotations.Nullable;

/**
 * When a merchant is tried again, as an operator wrote it.
 *
 * @param preset name of a plan
 * @param delays a list such as {@code 5s,30s,5m} that counts instead of the preset; null: the preset counts
 */
public record Retries(String preset, @Nullable String delays) {

    /** The plan of a merchant of which nothing more is said. */
    public static final Retries USUAL = new Retries("default", null);
}

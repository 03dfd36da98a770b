package io.orderwatch.dao.notification;

import org.jspecify.annotations.Nullable;

/**
 * What requests to an endpoint are signed with; never printed.
 *
 * @param current empty where the endpoint has none
 * @param previous signs too while the merchant changes over; null: there is none, or its time is over
 */
public record Secrets(String current, @Nullable String previous) {

    @Override
    public String toString() {
        return "secrets";
    }
}

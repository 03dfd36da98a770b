package io.orderwatch.dao.notification;

import java.util.Set;

/**
 * Where a merchant is called.
 *
 * @param channel name of the way in which it is reached, such as {@code HTTP}
 * @param url as an operator wrote it, which need not be one
 * @param secrets that requests are signed with
 * @param events of the merchant's events those that go here; empty: all
 */
public record Endpoint(
        long id,
        long merchantId,
        String channel,
        String url,
        Secrets secrets,
        Preference preference,
        Pace pace,
        Set<String> events) {

    /** The channel of an endpoint of which nothing more is said. */
    public static final String HTTP = "HTTP";

    /** Whether notifications of this event go here. */
    public boolean takes(String event) {
        return events.isEmpty() || events.contains(event);
    }

    @Override
    public String toString() {
        return "endpoint " + id + " of merchant " + merchantId;
    }
}

package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.Endpoint;
import java.util.Map;

/** The ways in which this node reaches merchants, by the names that {@code merchant_endpoints.channel} has for them. */
public final class Channels {

    private final Map<String, Channel> byName;

    Channels(Map<String, Channel> byName) {
        this.byName = Map.copyOf(byName);
    }

    /** HTTP alone; the channel stays the caller's to close. */
    public static Channels of(HttpChannel http) {
        return new Channels(Map.of(Endpoint.HTTP, http));
    }

    /** Those; they stay the caller's to close. */
    public static Channels of(Map<String, Channel> byName) {
        return new Channels(byName);
    }

    /** @throws IllegalArgumentException saying what is wrong with the endpoint's row, without showing a secret */
    Target target(Endpoint endpoint) {
        Channel channel = byName.get(endpoint.channel());
        if (channel == null) {
            throw new IllegalArgumentException(
                    "the channel " + Judge.printable(endpoint.channel()) + " is not one of " + byName.keySet());
        }
        return channel.target(endpoint);
    }
}

package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.Endpoint;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What Standard Webhooks has a message carry beside its body: id, timestamp and, where the endpoint has a secret, the
 * signature. Safe for use by many threads.
 */
public final class WebhookHeaders {

    private final @Nullable Signature signature;
    private final InstantSource clock;

    /** @throws IllegalArgumentException saying what is wrong with the endpoint's secret, without showing it */
    public WebhookHeaders(Endpoint endpoint, InstantSource clock) {
        this.signature = endpoint.secrets().current().isEmpty() ? null : Signature.with(endpoint.secrets());
        this.clock = clock;
    }

    /** Names in lower case, in the order in which they are signed. */
    public Map<String, String> of(Message message) {
        long timestamp = clock.instant().getEpochSecond();
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("webhook-id", message.id());
        headers.put("webhook-timestamp", Long.toString(timestamp));
        if (signature != null) {
            headers.put("webhook-signature", signature.sign(message.id(), timestamp, message.body()));
        }
        return headers;
    }
}

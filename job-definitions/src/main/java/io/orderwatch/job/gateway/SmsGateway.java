package io.orderwatch.job.gateway;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Sends short messages through an HTTP gateway; any 2xx means that it took the message. Safe for use by many threads. */
public final class SmsGateway {

    private final SmsSettings settings;
    private final HttpGateway http;

    /** @param http stays the caller's to close */
    public SmsGateway(SmsSettings settings, HttpGateway http) {
        this.settings = settings;
        this.http = http;
    }

    /**
     * Sends a message.
     *
     * @param to a telephone number
     * @param id what the gateway tells tries of the same message by, as the header {@code Idempotency-Key}
     */
    public CompletableFuture<GatewayAnswer> send(String to, String text, String id) {
        Map<String, String> headers = settings.authorization().isEmpty()
                ? Map.of("Idempotency-Key", id)
                : Map.of("Idempotency-Key", id, "Authorization", settings.authorization());
        String body = settings.body().replace("{to}", json(to)).replace("{text}", json(text));
        return http.postAsync(settings.address(), "application/json", headers, body);
    }

    /** What a failed exchange means. */
    public GatewayException failure(Throwable failed) {
        return http.failure(failed);
    }

    private static String json(String text) {
        return String.valueOf(JsonStringEncoder.getInstance().quoteAsString(text));
    }
}

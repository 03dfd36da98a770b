package io.orderwatch.job.alert;

import com.fasterxml.jackson.databind.JsonNode;
import io.orderwatch.job.gateway.GatewayAnswer;
import io.orderwatch.job.gateway.HttpGateway;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A Telegram bot that writes into a chat. */
final class TelegramAlerts implements AlertChannel {

    static final String NAME = "telegram";

    private static final int LONGEST = 4096;

    private final AlertChannelSettings.Telegram settings;
    private final HttpAlerts http;

    TelegramAlerts(AlertChannelSettings.Telegram settings, HttpGateway gateway) {
        this.settings = settings;
        this.http = new HttpAlerts(gateway, new Redaction(List.of(settings.token())));
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String send(AlertMessage message) throws AlertNotSentException, InterruptedException {
        String text = message.text();
        GatewayAnswer answer = http.post(
                URI.create(settings.address() + "/bot" + settings.token() + "/sendMessage"),
                Map.of(),
                Map.of(
                        "chat_id",
                        settings.chat(),
                        "text",
                        text.length() <= LONGEST ? text : text.substring(0, LONGEST),
                        "disable_web_page_preview",
                        true));
        JsonNode tree = http.tree(answer);
        if (!tree.path("ok").asBoolean(false)) {
            int wait = tree.path("parameters").path("retry_after").asInt(0);
            throw new AlertNotSentException(
                    "Telegram answered " + http.shown(answer), wait > 0 ? Duration.ofSeconds(wait) : null, null);
        }
        return "HTTP " + answer.status();
    }
}

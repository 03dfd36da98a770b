package io.orderwatch.job.alert;

import io.orderwatch.job.gateway.GatewayAnswer;
import io.orderwatch.job.gateway.HttpGateway;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** A robot of a WeChat Work group. */
final class WecomAlerts implements AlertChannel {

    static final String NAME = "wecom";

    /** Bytes of UTF-8 that the robot takes. */
    private static final int LONGEST = 2048;

    private final AlertChannelSettings.Wecom settings;
    private final HttpAlerts http;

    WecomAlerts(AlertChannelSettings.Wecom settings, HttpGateway gateway) {
        this.settings = settings;
        this.http = new HttpAlerts(gateway, new Redaction(List.of(settings.key())));
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String send(AlertMessage message) throws AlertNotSentException, InterruptedException {
        GatewayAnswer answer = http.post(
                URI.create(settings.address() + "?key=" + settings.key()),
                Map.of(),
                Map.of("msgtype", "text", "text", Map.of("content", fitting(message.text()))));
        // it answers 200 whatever it thinks
        if (!answer.good() || http.tree(answer).path("errcode").asInt(-1) != 0) {
            throw new AlertNotSentException("WeChat Work answered " + http.shown(answer), null);
        }
        return "HTTP " + answer.status();
    }

    /** Cut between two characters. */
    static String fitting(String text) {
        CharBuffer characters = CharBuffer.wrap(text);
        // stops before the first character that does not fit as a whole
        StandardCharsets.UTF_8.newEncoder().encode(characters, ByteBuffer.allocate(LONGEST), true);
        return text.substring(0, characters.position());
    }
}

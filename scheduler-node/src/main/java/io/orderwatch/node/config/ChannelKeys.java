package io.orderwatch.node.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads the sections {@code rabbitmq}, {@code kafka} and {@code websocket}. */
final class ChannelKeys {

    private final Settings settings;

    ChannelKeys(Settings settings) {
        this.settings = settings;
    }

    RabbitMqConfig rabbitmq() {
        return new RabbitMqConfig(
                settings.text(
                        "rabbitmq.uri",
                        "",
                        text -> text.isEmpty() || amqp(text),
                        "expected amqp://HOST:PORT/VHOST or amqps://..., without user and password, or nothing"),
                settings.text("rabbitmq.user", "", text -> text.matches("\\S*"), "expected a user's name, or nothing"),
                settings.secret("rabbitmq.password"));
    }

    /** @param file reads a key that names a file */
    KafkaConfig kafka(Function<String, @Nullable Path> file) {
        String server = "(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._-]+):\\d{1,5}";
        return new KafkaConfig(
                settings.text(
                        "kafka.servers",
                        "",
                        text -> text.isEmpty() || text.matches(server + "(\\s*,\\s*" + server + ")*"),
                        "expected HOST:PORT,HOST:PORT,... or nothing"),
                file.apply("kafka.properties-file"));
    }

    WebSocketConfig websocket() {
        return new WebSocketConfig(
                settings.duration("websocket.idle", "1 m", "1 s", "1 d"),
                settings.number("websocket.max-connections", 1_000, 1, 100_000));
    }

    private static boolean amqp(String text) {
        try {
            URI uri = new URI(text);
            return ("amqp".equals(uri.getScheme()) || "amqps".equals(uri.getScheme()))
                    && uri.getHost() != null
                    && uri.getUserInfo() == null
                    && uri.getPort() <= 65_535;
        } catch (URISyntaxException e) {
            return false; // the sentence says what is expected instead
        }
    }
}

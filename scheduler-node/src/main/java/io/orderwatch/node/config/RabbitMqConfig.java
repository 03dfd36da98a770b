package io.orderwatch.node.config;

import io.orderwatch.job.notification.amqp.AmqpSettings;
import java.net.URI;
import java.time.Duration;

/**
 * The broker that notifications of the channel RABBITMQ are published to.
 *
 * @param uri {@code amqp://host:port/vhost} or {@code amqps://...}; empty: there is none
 */
public record RabbitMqConfig(String uri, String user, Secret password) {

    /** Whether there is one. */
    public boolean isSet() {
        return !uri.isEmpty();
    }

    /** In the words of those who use it. */
    public AmqpSettings settings(Duration connectTimeout) {
        return new AmqpSettings(URI.create(uri), user, password.value(), connectTimeout);
    }
}

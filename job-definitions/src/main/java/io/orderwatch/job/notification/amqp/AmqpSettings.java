package io.orderwatch.job.notification.amqp;

import java.net.URI;
import java.time.Duration;

/**
 * The broker that we publish to.
 *
 * @param uri {@code amqp://host:port/vhost} or {@code amqps://...}, without user and password
 * @param password never printed
 * @param connectTimeout of a connection, and of each question that is asked on it
 */
public record AmqpSettings(URI uri, String user, String password, Duration connectTimeout) {

    @Override
    public String toString() {
        return "RabbitMQ at " + uri;
    }
}

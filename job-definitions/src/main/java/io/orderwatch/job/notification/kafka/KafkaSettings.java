package io.orderwatch.job.notification.kafka;

import java.time.Duration;
import java.util.Map;

/**
 * The Kafka cluster that we write to.
 *
 * @param servers {@code host:port,host:port}
 * @param connectTimeout until a topic is known
 * @param deadline until a record is acknowledged
 * @param more the client's own properties, such as {@code security.protocol} and {@code sasl.jaas.config}; never printed
 */
public record KafkaSettings(String servers, Duration connectTimeout, Duration deadline, Map<String, String> more) {

    public KafkaSettings {
        more = Map.copyOf(more);
    }

    @Override
    public String toString() {
        return "Kafka at " + servers;
    }
}

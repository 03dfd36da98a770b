package io.orderwatch.node.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The cluster that notifications of the channel KAFKA are written to.
 *
 * @param servers {@code host:port,host:port}; empty: there is none
 * @param propertiesFile further properties of the client, absolute; null: none
 */
public record KafkaConfig(String servers, @Nullable Path propertiesFile) {

    /** Whether there is one. */
    public boolean isSet() {
        return !servers.isEmpty();
    }
}

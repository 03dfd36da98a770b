package io.orderwatch.node.config;

import io.orderwatch.job.notification.websocket.WebSocketSettings;
import java.time.Duration;

/**
 * WebSockets of merchants.
 *
 * @param idle a connection that nothing was sent over for so long is closed
 * @param maxConnections at a time
 */
public record WebSocketConfig(Duration idle, int maxConnections) {

    /** In the words of those who use it. */
    public WebSocketSettings settings(Duration connectTimeout) {
        return new WebSocketSettings(connectTimeout, idle, maxConnections);
    }
}

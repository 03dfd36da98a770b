package io.orderwatch.job.notification.websocket;

import java.time.Duration;

/**
 * How merchants' WebSockets are used.
 *
 * @param connectTimeout of a connection
 * @param idle a connection that nothing was sent over for so long is closed
 * @param maxConnections more are not opened
 */
public record WebSocketSettings(Duration connectTimeout, Duration idle, int maxConnections) {}

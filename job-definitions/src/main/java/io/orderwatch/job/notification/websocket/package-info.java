/** Notifications pushed over a WebSocket of the merchant's. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.job.notification.websocket;

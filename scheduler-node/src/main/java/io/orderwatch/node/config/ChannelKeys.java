package io.orderwatch.node.config;

/** Reads the section {@code websocket}. */
final class ChannelKeys {

    private final Settings settings;

    ChannelKeys(Settings settings) {
        this.settings = settings;
    }

    WebSocketConfig websocket() {
        return new WebSocketConfig(
                settings.duration("websocket.idle", "1 m", "1 s", "1 d"),
                settings.number("websocket.max-connections", 1_000, 1, 100_000));
    }
}

package io.orderwatch.job.notification.websocket;

import java.util.concurrent.CompletableFuture;

/** An open WebSocket. Safe for use by many threads. */
interface Wire {

    /** Writes one frame, after those before it; completes when it is on its way, or exceptionally. */
    CompletableFuture<Void> send(String text);

    /** Says good-bye, and hangs up. */
    void close();

    /** Hangs up. */
    void abort();
}

package io.orderwatch.job.notification.websocket;

/** Told of what happens on a {@link Wire} that was open; not after it was told that the wire ended. */
interface WireListener {

    /** The other side said something. */
    void heard(String text);

    /**
     * It is over.
     *
     * @param why a sentence
     */
    void ended(String why);
}

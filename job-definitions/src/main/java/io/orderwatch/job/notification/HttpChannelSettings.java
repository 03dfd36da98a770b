package io.orderwatch.job.notification;

import java.time.Duration;

/**
 * How merchants are called over HTTP.
 *
 * @param maxConnections sockets at a time, to one merchant or to many; at least as many as requests are let in
 * @param connectTimeout for the look-up of the name, the TCP connection and the TLS handshake, each
 * @param deadline from the start of a try to the last byte of the answer
 * @param bodyLimit bytes of an answer that are read; more is a failure
 * @param ioThreads threads that serve the sockets
 * @param userAgent what merchants see
 * @param allowed addresses that may be called
 */
public record HttpChannelSettings(
        int maxConnections,
        Duration connectTimeout,
        Duration deadline,
        int bodyLimit,
        int ioThreads,
        String userAgent,
        AddressPolicy allowed) {

    /**
     * The defaults of the product, for a node of the given version. Half of the processors serve sockets, two at least
     * and four at most: answers come many at a time, and one thread would take them one after the other while a processor
     * has nothing to do.
     */
    public static HttpChannelSettings defaults(String version) {
        return new HttpChannelSettings(
                DeliverySettings.defaults().maxInFlight(),
                Duration.ofSeconds(3),
                DeliverySettings.defaults().deadline(),
                64 * 1024,
                Math.min(4, Math.max(2, Runtime.getRuntime().availableProcessors() / 2)),
                "Orderwatch/" + version,
                AddressPolicy.internet());
    }

    /** These, and the addresses that may be called. */
    public HttpChannelSettings allowing(AddressPolicy addresses) {
        return new HttpChannelSettings(
                maxConnections, connectTimeout, deadline, bodyLimit, ioThreads, userAgent, addresses);
    }
}

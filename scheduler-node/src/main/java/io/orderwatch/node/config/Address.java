package io.orderwatch.node.config;

/**
 * Where a server listens.
 *
 * @param host name or IP address; an IPv6 address without its brackets
 * @param port 1 to 65535
 */
public record Address(String host, int port) {

    /** {@code host:port}, with an IPv6 address in brackets. */
    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? '[' + host + ']' : host) + ':' + port;
    }
}

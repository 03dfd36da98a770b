package io.orderwatch.stack;

import java.net.InetSocketAddress;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Servers that run already.
 *
 * @param jdbcBase {@code jdbc:mysql://host:port}; null: none
 * @param user of the database
 * @param password of the database
 * @param redis null: none
 * @param zookeeper null: none
 */
record ExternalServers(
        @Nullable String jdbcBase,
        String user,
        String password,
        @Nullable InetSocketAddress redis,
        @Nullable InetSocketAddress zookeeper) {

    static final ExternalServers NONE = new ExternalServers(null, MariaDb.USER, MariaDb.PASSWORD, null, null);

    /** @throws StackException if they name no server, or one that makes no sense */
    static ExternalServers ofSystemProperties() {
        String jdbc = System.getProperty("stack.jdbc");
        String redis = System.getProperty("stack.redis");
        String zookeeper = System.getProperty("stack.zookeeper");
        if (jdbc == null && redis == null && zookeeper == null) {
            throw new StackException("-Dstack=external needs at least one of the system properties"
                    + " stack.jdbc, stack.redis and stack.zookeeper.");
        }
        if (jdbc != null && System.getProperty("stack.user") == null) {
            throw new StackException("The system property stack.jdbc needs stack.user beside it.");
        }
        return new ExternalServers(
                jdbc == null || !jdbc.endsWith("/") ? jdbc : jdbc.substring(0, jdbc.length() - 1),
                jdbc == null ? MariaDb.USER : System.getProperty("stack.user"),
                jdbc == null ? MariaDb.PASSWORD : System.getProperty("stack.password", ""),
                redis == null ? null : address("stack.redis", redis),
                zookeeper == null ? null : address("stack.zookeeper", "zookeeper://" + zookeeper));
    }

    private static InetSocketAddress address(String property, String uri) {
        URI parsed;
        try {
            parsed = URI.create(uri);
        } catch (IllegalArgumentException e) {
            throw new StackException("The system property " + property + " is no address: '" + uri + "'.", e);
        }
        if (parsed.getHost() == null || parsed.getPort() < 0) {
            throw new StackException("The system property " + property + " names no host and port: '" + uri + "'.");
        }
        return InetSocketAddress.createUnresolved(parsed.getHost(), parsed.getPort());
    }
}

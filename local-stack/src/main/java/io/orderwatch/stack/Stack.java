package io.orderwatch.stack;

import java.nio.file.Path;
import java.util.Map;

/**
 * The servers that a cluster of nodes needs. Safe for use by many threads.
 *
 * <p>Where they come from is told by the system property {@code stack}:
 *
 * <ul>
 *   <li>{@code embedded} (the default): started by this process, on the loopback address and free ports, durable
 *       commits, gone with this process however it ends;
 *   <li>{@code external}: servers that run already, named by {@code stack.jdbc} ({@code jdbc:mysql://host:port}),
 *       {@code stack.user}, {@code stack.password}, {@code stack.redis} ({@code redis://host:port}) and
 *       {@code stack.zookeeper} ({@code host:port}); the user must be allowed to create and drop databases; a server
 *       that is not named is embedded;
 *   <li>{@code containers}: MySQL, Redis and ZooKeeper by Testcontainers; needs a Docker engine.
 * </ul>
 */
public interface Stack extends AutoCloseable {

    /**
     * Starts the servers that the system properties ask for, and returns when all of them answer.
     *
     * @throws StackException if one cannot be started or reached; those that were started are stopped again
     */
    static Stack start() {
        return StackSource.ofSystemProperties().start(null);
    }

    /**
     * Like {@link #start()}, with the logs of what is started here left for a look afterwards.
     *
     * @param folder where they go, and the data meanwhile; it is created
     */
    static Stack start(Path folder) {
        return StackSource.ofSystemProperties().start(folder);
    }

    /** The address of a database: host, port and name; further parameters are the business of the client. */
    String jdbcUrl(String schema);

    /** A user that may do anything on the database server. */
    String user();

    /** Never null; may be empty. */
    String password();

    /** {@code redis://host:port}. */
    String redisUri();

    /** {@code host:port}; sessions of one second are granted by the embedded server. */
    String zookeeperConnect();

    /**
     * Creates an empty database, {@code utf8mb4} and {@code utf8mb4_unicode_ci}.
     *
     * @param prefix lower-case letters, digits and underscores, so that one can tell where a left-over came from
     * @return its name, which no other database of the server has or had
     */
    String newSchema(String prefix);

    /** Drops a database; does nothing where there is none of this name. */
    void dropSchema(String schema);

    /** A command line that opens an SQL client on a database; the embedded server brings its client along. */
    String sqlClient(String schema);

    /**
     * Asks each server for its version, over the network.
     *
     * @return versions by the name of the server, in the order database, redis, zookeeper
     * @throws StackException if one does not answer
     */
    Map<String, String> versions();

    /** Stops what this stack has started; servers that ran before are left alone. */
    @Override
    void close();
}

package io.orderwatch.stack.cluster;

import io.orderwatch.stack.Stack;
import java.util.Map;

/**
 * Where a node finds its servers, and in what surroundings it runs.
 *
 * @param jdbcUrl of the schema
 * @param user of the database
 * @param password of the database
 * @param redisUri {@code redis://host:port}
 * @param zookeeper {@code host:port,host:port,host:port}
 * @param environment further variables of the node's process; may be empty
 */
public record Reach(
        String jdbcUrl,
        String user,
        String password,
        String redisUri,
        String zookeeper,
        Map<String, String> environment) {

    public Reach {
        environment = Map.copyOf(environment);
    }

    /** The servers themselves. */
    public static Reach of(Stack stack, String schema) {
        return new Reach(
                stack.jdbcUrl(schema),
                stack.user(),
                stack.password(),
                stack.redisUri(),
                stack.zookeeperConnect(),
                Map.of());
    }
}

package io.orderwatch.stack.cluster;

import java.nio.file.Path;

/**
 * What a cluster on this machine is.
 *
 * @param home has {@code bin}: a checkout that was built, or an unpacked distribution
 * @param folder where configuration, logs and process ids go; it is created
 * @param name of the cluster; clusters that share a ZooKeeper differ in it
 * @param nodes how many there are: {@code node-1} and so on
 * @param more further configuration of each node, as in {@code orderwatch.conf}; may be empty
 */
public record ClusterSettings(Path home, Path folder, String name, int nodes, String more) {

    /** Shards of the schema. */
    public static final int SHARDS = 64;

    public ClusterSettings {
        if (nodes < 1) {
            throw new IllegalArgumentException("A cluster has at least one node, not " + nodes);
        }
        // the scripts find neither by a relative path
        home = home.toAbsolutePath().normalize();
        folder = folder.toAbsolutePath().normalize();
    }

    Path logs() {
        return folder.resolve("logs");
    }

    /** Folder of a node's log files. */
    public Path logs(String node) {
        return logs().resolve(node);
    }

    /** Where nodes keep their process ids. */
    Path run() {
        return folder.resolve("run");
    }

    Path conf(String node) {
        return folder.resolve(node + ".conf");
    }

    /** What the scripts say that start and stop a node. */
    Path scriptLog(String node) {
        return logs().resolve(node + ".scripts.log");
    }
}

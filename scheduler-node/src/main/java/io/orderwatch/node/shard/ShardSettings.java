package io.orderwatch.node.shard;

import java.time.Duration;

/**
 * How a node takes part in the cluster.
 *
 * @param cluster name of the cluster; everything lies under {@code /orderwatch/<cluster>} in ZooKeeper
 * @param connect ZooKeeper's connect string, {@code host:port,host:port}
 * @param session ZooKeeper session timeout; the server rounds it up to its own least
 * @param connection how long to wait for one connection to ZooKeeper
 * @param lease how long a node may work after its last renewal
 * @param renewal how often the lease is renewed
 * @param margin how much sooner than the database the node itself believes that its lease is over
 * @param ackBound how long a living node may take to let go of a shard, or be without a ZooKeeper session, until its
 *     lease is denied
 * @param shards number of shards of the installation
 */
public record ShardSettings(
        String cluster,
        String connect,
        Duration session,
        Duration connection,
        Duration lease,
        Duration renewal,
        Duration margin,
        Duration ackBound,
        int shards) {

    /** @throws IllegalArgumentException naming the setting that cannot work */
    public ShardSettings {
        require(
                cluster.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,62}"),
                "cluster name '" + cluster + "' has other"
                        + " characters than letters, digits, dot, dash and underscore");
        require(shards > 0, "number of shards has to be at least 1, not " + shards);
        require(
                positive(renewal) && positive(lease) && !margin.isNegative(),
                "lease, renewal and margin must not be" + " negative");
        require(
                renewal.plus(margin).compareTo(lease) < 0,
                "lease of " + lease.toMillis() + " ms has to be longer than"
                        + " its renewal interval of " + renewal.toMillis() + " ms and the margin of "
                        + margin.toMillis()
                        + " ms together");
        require(
                positive(ackBound) && positive(session) && positive(connection),
                "bounds and timeouts have to be" + " positive");
    }

    /** The values that we ship: session 2 s, lease 2.5 s renewed each second, 300 ms margin, bound 10 s. */
    public static ShardSettings of(String cluster, String connect, int shards) {
        return new ShardSettings(
                cluster,
                connect,
                Duration.ofSeconds(2),
                Duration.ofSeconds(2),
                Duration.ofMillis(2500),
                Duration.ofSeconds(1),
                Duration.ofMillis(300),
                Duration.ofSeconds(10),
                shards);
    }

    /** How long a node that could renew its lease may go without one until it is taken for dead. */
    Duration lapseBound() {
        return renewal.multipliedBy(3).dividedBy(2);
    }

    private static boolean positive(Duration duration) {
        return !duration.isNegative() && !duration.isZero();
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}

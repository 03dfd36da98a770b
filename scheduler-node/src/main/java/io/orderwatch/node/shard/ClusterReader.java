package io.orderwatch.node.shard;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;

/** Looks at a cluster from a process that is no node of it, such as the command line. */
public final class ClusterReader implements AutoCloseable {

    private final ShardSettings settings;
    private final CuratorFramework client;
    private final ZooKeeperBoard board;

    private ClusterReader(ShardSettings settings, CuratorFramework client) {
        this.settings = settings;
        this.client = client;
        this.board = new ZooKeeperBoard(client, settings.cluster(), () -> null);
    }

    /**
     * Connects.
     *
     * @param wait how long to try
     * @throws ClusterUnavailableException when there was no connection by then
     */
    public static ClusterReader connect(ShardSettings settings, Duration wait) throws ClusterUnavailableException {
        CuratorFramework client = ZooKeeperBoard.client(settings);
        client.start();
        try {
            if (!client.blockUntilConnected(Math.toIntExact(wait.toMillis()), TimeUnit.MILLISECONDS)) {
                client.close();
                throw new ClusterUnavailableException(
                        "ZooKeeper at " + settings.connect() + " does not answer within " + wait.toMillis() + " ms");
            }
        } catch (InterruptedException e) {
            client.close();
            Thread.currentThread().interrupt();
            throw new ClusterUnavailableException(
                    "Interrupted while connecting to ZooKeeper at " + settings.connect(), e);
        }
        return new ClusterReader(settings, client);
    }

    /** @throws ClusterUnavailableException when the connection was lost */
    public ClusterView read() throws ClusterUnavailableException {
        try {
            return ClusterView.of(
                    board.firstPlace().map(Board.Place::node).orElse(null), board.members(), board.plan());
        } catch (BoardException e) {
            throw new ClusterUnavailableException(
                    "ZooKeeper at " + settings.connect() + " cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}

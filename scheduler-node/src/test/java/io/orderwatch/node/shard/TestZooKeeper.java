package io.orderwatch.node.shard;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.apache.zookeeper.server.ServerCnxnFactory;
import org.apache.zookeeper.server.ZooKeeperServer;

/** A ZooKeeper of this test's own, so that it can be stopped, wiped, and made to end sessions. */
final class TestZooKeeper implements AutoCloseable {

    private static final int TICK_MS = 500;

    private final Path folder;
    private int port;
    private ServerCnxnFactory connections;
    private ZooKeeperServer server;

    TestZooKeeper() {
        try {
            folder = Files.createTempDirectory("orderwatch-zookeeper");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start();
    }

    int port() {
        return port;
    }

    void start() {
        try {
            File data = Files.createDirectories(folder.resolve("data")).toFile();
            server = new ZooKeeperServer(data, data, TICK_MS);
            server.setMinSessionTimeout(2 * TICK_MS);
            connections =
                    ServerCnxnFactory.createFactory(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), -1);
            connections.startup(server);
            port = connections.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    void stop() {
        if (server != null && server.isRunning()) {
            connections.shutdown();
        }
    }

    /** As if its disk had been replaced. */
    void stopAndWipe() {
        stop();
        delete(folder.resolve("data"));
    }

    /** Ends the session that owns this ephemeral node, as if the server had not heard from it for too long. */
    void expireSessionOf(String path) {
        try {
            long session = server.getZKDatabase().getNode(path).stat.getEphemeralOwner();
            server.closeSession(session);
        } catch (RuntimeException e) {
            throw new IllegalStateException("No session to end behind " + path, e);
        }
    }

    boolean exists(String path) {
        return server.getZKDatabase().getNode(path) != null;
    }

    @Override
    public void close() {
        stop();
        delete(folder);
    }

    private static void delete(Path root) {
        try (Stream<Path> all = Files.walk(root)) {
            all.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package io.orderwatch.stack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.zookeeper.server.ServerCnxnFactory;
import org.apache.zookeeper.server.ZooKeeperServer;

/** A ZooKeeper server in this process; it grants sessions of one second and more. */
final class ZooKeeperInProcess implements AutoCloseable {

    /** A session ends at a multiple of this after its last sign of life. */
    private static final int TICK_MS = 500;

    private static final int MIN_SESSION_MS = 1_000;
    private static final int MAX_SESSION_MS = 60_000;
    private static final int UNLIMITED = 0;

    private final ServerCnxnFactory connections;

    private ZooKeeperInProcess(ServerCnxnFactory connections) {
        this.connections = connections;
    }

    /** @param folder where the data goes */
    static ZooKeeperInProcess start(Path folder) {
        // the server's class takes them over for the whole process, into a log that nobody sees
        Thread.UncaughtExceptionHandler uncaught = Thread.getDefaultUncaughtExceptionHandler();
        try {
            Path data = Files.createDirectories(folder.resolve("zookeeper"));
            ZooKeeperServer server = new ZooKeeperServer(data.toFile(), data.toFile(), TICK_MS);
            server.setMinSessionTimeout(MIN_SESSION_MS);
            server.setMaxSessionTimeout(MAX_SESSION_MS);
            ServerCnxnFactory connections = ServerCnxnFactory.createFactory(Servers.loopback(0), UNLIMITED);
            connections.startup(server);
            return new ZooKeeperInProcess(connections);
        } catch (IOException e) {
            throw new StackException("ZooKeeper cannot be started in " + folder + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StackException("Interrupted while ZooKeeper was started.", e);
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(uncaught);
        }
    }

    int port() {
        return connections.getLocalPort();
    }

    @Override
    public void close() {
        connections.shutdown();
    }
}

package io.orderwatch.node.shard;

import io.orderwatch.job.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.jspecify.annotations.Nullable;

/**
 * Asks ZooKeeper for its version and its time, through a session of its own.
 *
 * @param connect {@code host:port,host:port}, without a path: that may have to be made by the first node
 * @param session timeout of the session
 * @param within longest wait for each thing
 */
public record ZooKeeperProbe(String connect, Duration session, Duration within, InstantSource clock, Ticker ticker) {

    private static final String VERSION = "Zookeeper version: ";

    /**
     * What it answered.
     *
     * @param version of a server that answers; {@code unknown} where it does not tell
     * @param answering servers that answer
     * @param servers servers that were named
     * @param clockDifference its clock minus this host's; null where nothing may be written in its root
     */
    public record Answer(
            String version,
            int answering,
            int servers,
            Duration roundTrip,
            @Nullable Duration clockDifference) {}

    /**
     * Looks, which takes a few round trips.
     *
     * @throws IOException when no server can be reached, or none grants a session
     */
    public Answer look() throws IOException, InterruptedException {
        List<String> versions = new ArrayList<>();
        String[] servers = connect.split(",");
        IOException last = new IOException("no server is named");
        for (String server : servers) {
            try {
                versions.add(version(server));
            } catch (IOException e) {
                last = e;
            }
        }
        if (versions.isEmpty()) {
            throw last;
        }
        CountDownLatch connected = new CountDownLatch(1);
        try (ZooKeeper zookeeper = new ZooKeeper(connect, Math.toIntExact(session.toMillis()), event -> {
            if (event.getState() == KeeperState.SyncConnected) {
                connected.countDown();
            }
        })) {
            if (!connected.await(within.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException("it grants no session, perhaps for want of a quorum");
            }
            zookeeper.exists("/", false); // so that the one that is measured finds everything loaded
            long begin = ticker.nanos();
            zookeeper.exists("/", false);
            Duration roundTrip = Duration.ofNanos(ticker.nanos() - begin);
            return new Answer(versions.get(0), versions.size(), servers.length, roundTrip, clockDifference(zookeeper));
        } catch (KeeperException e) {
            throw new IOException("it refuses: " + e.getMessage(), e);
        }
    }

    /** ZooKeeper tells its time only by dating what is written: a node that is gone when the transaction is. */
    private @Nullable Duration clockDifference(ZooKeeper zookeeper) throws InterruptedException {
        String path = "/orderwatch-check-" + UUID.randomUUID();
        try {
            long begin = ticker.nanos();
            Instant before = clock.instant();
            // a container, since the answer to the making of a plain node carries no date
            List<OpResult> results = zookeeper.multi(List.of(
                    Op.create(path, new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.CONTAINER), Op.delete(path, -1)));
            Duration halfWay = Duration.ofNanos(ticker.nanos() - begin).dividedBy(2);
            if (results.get(0) instanceof OpResult.CreateResult created && created.getStat() != null) {
                Instant theirs = Instant.ofEpochMilli(created.getStat().getCtime());
                return Duration.between(before.plus(halfWay), theirs);
            }
            return null;
        } catch (KeeperException e) {
            return null; // not ours to write in the root: then its clock stays unknown
        }
    }

    private String version(String server) throws IOException {
        int millis = Math.toIntExact(within.toMillis());
        int colon = server.lastIndexOf(':');
        String host = server.substring(0, colon).replaceAll("^\\[|]$", "");
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, Integer.parseInt(server.substring(colon + 1))), millis);
            socket.setSoTimeout(millis);
            socket.getOutputStream().write("srvr".getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readNBytes(64 * 1024), StandardCharsets.US_ASCII);
            return answer.lines()
                    .filter(line -> line.startsWith(VERSION))
                    .map(line -> line.substring(VERSION.length()).replaceFirst("[-,].*", ""))
                    .findFirst()
                    .orElse("unknown"); // the command srvr is switched off there
        }
    }
}

package io.orderwatch.stack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** One server of an ensemble, in a JVM of its own; it grants sessions of two ticks and more. */
final class ZooKeeperServer implements ServerProcess.Program {

    private static final Duration JOIN_WITHIN = Duration.ofSeconds(10);
    private static final Duration FOLLOW_WITHIN = Duration.ofSeconds(3);

    private final int number;
    private final Path data;
    private final List<Ports> ensemble;
    private final Duration tick;

    /** Where a server of the ensemble listens: for clients, for followers, and when a leader is elected. */
    record Ports(int clients, int followers, int election) {}

    private ZooKeeperServer(int number, Path data, List<Ports> ensemble, Duration tick) {
        this.number = number;
        this.data = data;
        this.ensemble = ensemble;
        this.tick = tick;
    }

    /**
     * Starts it; it answers once a quorum has been started.
     *
     * @param number from 1, its place in the ensemble
     * @param tick its unit of time: the shortest session is of two, and sessions end with one
     */
    static ServerProcess launch(
            int number, List<Ports> ensemble, Duration tick, Path folder, Path dataFolder, ProcessGuard guard) {
        try {
            Path data = Files.createDirectories(dataFolder.resolve("zookeeper-" + number));
            return ServerProcess.launched(
                    new ZooKeeperServer(number, data, ensemble, tick),
                    data,
                    folder.resolve("zookeeper-" + number + ".log"),
                    guard,
                    ensemble.get(number - 1).clients());
        } catch (IOException e) {
            throw new StackException("ZooKeeper cannot be started in " + folder + ": " + e.getMessage(), e);
        }
    }

    @Override
    public String name() {
        return "ZooKeeper " + number;
    }

    @Override
    public Duration startsWithin() {
        return Duration.ofSeconds(60);
    }

    @Override
    public List<String> command(int port) throws IOException {
        StringBuilder conf = new StringBuilder("""
                tickTime=%d
                initLimit=%d
                syncLimit=%d
                maxSessionTimeout=60000
                maxClientCnxns=0
                admin.enableServer=false
                4lw.commands.whitelist=srvr
                clientPortAddress=127.0.0.1
                clientPort=%d
                dataDir=%s
                """.formatted(
                tick.toMillis(), JOIN_WITHIN.dividedBy(tick), Math.max(2, FOLLOW_WITHIN.dividedBy(tick)), port, data));
        for (int i = 0; i < ensemble.size(); i++) {
            Ports ports = ensemble.get(i);
            conf.append("server.%d=127.0.0.1:%d:%d\n".formatted(i + 1, ports.followers(), ports.election()));
        }
        Path file = data.resolve("zoo.cfg");
        Files.writeString(file, conf);
        Files.writeString(data.resolve("myid"), Integer.toString(number));
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms32m",
                "-Xmx96m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "org.apache.zookeeper.server.quorum.QuorumPeerMain",
                file.toString());
    }

    /** Only one that serves answers so: one without a quorum says that it is not serving. */
    @Override
    public boolean answers(int port) {
        try {
            return Servers.ask(Servers.loopback(port), "srvr").contains("Zookeeper version");
        } catch (StackException notYet) {
            return false;
        }
    }
}

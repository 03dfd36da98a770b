package io.orderwatch.stack;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * MariaDB, Redis and three servers of ZooKeeper, each a process of its own that may be killed, frozen and started
 * again. They end with this process, however it ends.
 */
public final class BreakableStack extends ServerStack {

    private static final int ZOOKEEPERS = 3;

    private final ProcessGuard guard;
    private final ServerProcess database;
    private final ServerProcess redis;
    private final List<ServerProcess> zookeepers;

    private BreakableStack(
            Servers servers,
            ProcessGuard guard,
            ServerProcess database,
            ServerProcess redis,
            List<ServerProcess> zookeepers) {
        super(servers);
        this.guard = guard;
        this.database = database;
        this.redis = redis;
        this.zookeepers = zookeepers;
    }

    /**
     * Returns when all of them answer.
     *
     * @param folder for logs, which are left, and data, which is not
     * @param tick of the ZooKeepers; theirs by default is 2 s
     */
    public static BreakableStack start(Path folder, Duration tick) {
        Path absolute = folder.toAbsolutePath();
        Path data = ownFolder(absolute);
        ProcessGuard guard = ProcessGuard.start(data);
        ExecutorService starters = Executors.newFixedThreadPool(2);
        try {
            CompletableFuture<ServerProcess> database =
                    CompletableFuture.supplyAsync(() -> MariaDb.start(absolute, data, guard), starters);
            CompletableFuture<ServerProcess> redis =
                    CompletableFuture.supplyAsync(() -> Redis.start(absolute, guard), starters);
            List<ServerProcess> zookeepers = ensemble(tick, absolute, data, guard);
            CompletableFuture.allOf(database, redis).join();
            zookeepers.forEach(ServerProcess::awaitAnswer);
            Servers servers = new Servers(
                    "jdbc:mysql://127.0.0.1:" + database.join().port(),
                    MariaDb.USER,
                    MariaDb.PASSWORD,
                    Servers.loopback(redis.join().port()),
                    zookeepers.stream()
                            .map(server -> Servers.loopback(server.port()))
                            .toList(),
                    MariaDb.client().toString());
            return new BreakableStack(servers, guard, database.join(), redis.join(), zookeepers);
        } catch (CompletionException | StackException e) {
            guard.close();
            throw e.getCause() instanceof StackException known
                    ? known
                    : new StackException("The servers cannot be started: " + e.getMessage(), e);
        } finally {
            starters.shutdown();
        }
    }

    private static List<ServerProcess> ensemble(Duration tick, Path folder, Path data, ProcessGuard guard) {
        List<ZooKeeperServer.Ports> ports = Stream.generate(
                        () -> new ZooKeeperServer.Ports(Servers.freePort(), Servers.freePort(), Servers.freePort()))
                .limit(ZOOKEEPERS)
                .toList();
        return IntStream.rangeClosed(1, ZOOKEEPERS)
                .mapToObj(number -> ZooKeeperServer.launch(number, ports, tick, folder, data, guard))
                .toList();
    }

    public ServerProcess database() {
        return database;
    }

    public ServerProcess redis() {
        return redis;
    }

    /** Any two of them are a quorum. */
    public List<ServerProcess> zookeepers() {
        return zookeepers;
    }

    @Override
    public void close() {
        // one that is frozen would not hear that it is to end
        Stream.concat(Stream.of(database, redis), zookeepers.stream())
                .filter(ServerProcess::alive)
                .forEach(ServerProcess::thaw);
        guard.close();
    }
}

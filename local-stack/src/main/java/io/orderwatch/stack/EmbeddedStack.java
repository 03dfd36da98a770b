package io.orderwatch.stack;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * MariaDB and Redis as processes of their own, ZooKeeper within this one; any of them may also be one that runs
 * already. Those that were started end with this process, be it that it closes the stack, ends, is told to end, or is
 * killed.
 */
final class EmbeddedStack extends ServerStack {

    enum OnClose {
        DELETE_DATA,
        DELETE_ALL
    }

    private final ProcessGuard guard;
    private final @Nullable ZooKeeperInProcess zookeeper;

    private EmbeddedStack(Servers servers, ProcessGuard guard, @Nullable ZooKeeperInProcess zookeeper) {
        super(servers);
        this.guard = guard;
        this.zookeeper = zookeeper;
    }

    /** @param external is not started but used */
    static EmbeddedStack start(Path folder, OnClose onClose, ExternalServers external) {
        Path absolute = folder.toAbsolutePath();
        Path data = ownFolder(absolute);
        ProcessGuard guard = ProcessGuard.start(onClose == OnClose.DELETE_ALL ? absolute : data);
        ExecutorService starters = Executors.newFixedThreadPool(3);
        CompletableFuture<ZooKeeperInProcess> zookeeper =
                unless(external.zookeeper(), () -> ZooKeeperInProcess.start(data), starters);
        CompletableFuture<ServerProcess> mariaDb =
                unless(external.jdbcBase(), () -> MariaDb.start(absolute, data, guard), starters);
        CompletableFuture<ServerProcess> redis = unless(external.redis(), () -> Redis.start(absolute, guard), starters);
        try {
            CompletableFuture.allOf(zookeeper, mariaDb, redis).join();
            Servers servers = new Servers(
                    mariaDb.join() == null
                            ? external.jdbcBase()
                            : "jdbc:mysql://127.0.0.1:" + mariaDb.join().port(),
                    external.user(),
                    external.password(),
                    redis.join() == null
                            ? external.redis()
                            : Servers.loopback(redis.join().port()),
                    List.of(
                            zookeeper.join() == null
                                    ? external.zookeeper()
                                    : Servers.loopback(zookeeper.join().port())),
                    mariaDb.join() == null ? "mysql" : MariaDb.client().toString());
            servers.versions();
            return new EmbeddedStack(servers, guard, zookeeper.join());
        } catch (CompletionException | StackException e) {
            zookeeper.handle((started, failed) -> {
                if (started != null) {
                    started.close();
                }
                return started;
            });
            guard.close();
            if (e instanceof StackException known) {
                throw known;
            }
            throw e.getCause() instanceof StackException known
                    ? known
                    : new StackException("The embedded servers cannot be started: " + e.getCause(), e);
        } finally {
            starters.shutdown();
        }
    }

    @Override
    public void close() {
        if (zookeeper != null) {
            zookeeper.close();
        }
        guard.close();
    }

    /** Starts a server, unless there is one. */
    private static <T> CompletableFuture<T> unless(
            @Nullable Object external, Supplier<T> start, ExecutorService starters) {
        return external != null
                ? CompletableFuture.completedFuture(null)
                : CompletableFuture.supplyAsync(start, starters);
    }
}

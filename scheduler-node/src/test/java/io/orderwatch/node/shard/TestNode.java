package io.orderwatch.node.shard;

import com.zaxxer.hikari.HikariDataSource;
import io.orderwatch.dao.DataSources;
import io.orderwatch.dao.Database;
import io.orderwatch.dao.DatabaseSettings;
import io.orderwatch.dao.TestDatabase;
import io.orderwatch.job.KillPoints;
import io.orderwatch.job.Ticker;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A node's part in the cluster, on real servers, that can be made to suffer. */
final class TestNode implements AutoCloseable {

    final String id;
    final Shards shards;
    final TestProxy zookeeper;
    final TestProxy mysql;
    private final HikariDataSource leasePool;
    private final HikariDataSource leaderPool;
    private @Nullable Loop thawed;
    private boolean killed;
    private boolean closed;

    TestNode(String id, TestZooKeeper server, TestDatabase db, int shardCount) {
        this(id, server, db, shardCount, Shards::start);
    }

    TestNode(String id, TestZooKeeper server, TestDatabase db, int shardCount, Consumer<Shards> start) {
        this.id = id;
        zookeeper = new TestProxy(server.port());
        URI url = URI.create(db.settings().url().substring("jdbc:".length()));
        mysql = new TestProxy(url.getPort());
        DatabaseSettings through = new DatabaseSettings(
                "jdbc:mysql://127.0.0.1:" + mysql.port() + url.getPath(),
                db.settings().user(),
                db.settings().password());
        leasePool = DataSources.pool("lease-" + id, through, 1, Duration.ofSeconds(1), Duration.ofSeconds(1));
        leaderPool = DataSources.pool("leader-" + id, through, 2, Duration.ofSeconds(1), Duration.ofSeconds(5));
        shards = new Shards(
                new MemberInfo(id, "127.0.0.1", "", Instant.now()),
                ShardSettings.of("test", "127.0.0.1:" + zookeeper.port(), shardCount),
                new Database(leasePool),
                new Database(leaderPool),
                Ticker.system(),
                KillPoints.NONE);
        start.accept(shards);
    }

    /** As kill -9 does: no farewell to either server. */
    void kill() {
        killed = true;
        zookeeper.cut();
        mysql.cut();
        shards.stopThreads();
    }

    /** Stops renewing, as a frozen process does. */
    void freezeLease() {
        shards.leaseLoop().close();
    }

    void thawLease() {
        thawed = new Loop("thawed-lease", shards.keeper()::step);
        thawed.start();
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (thawed != null) {
            thawed.close();
        }
        if (killed) {
            shards.client().close();
        } else {
            shards.close();
        }
        leasePool.close();
        leaderPool.close();
        zookeeper.close();
        mysql.close();
    }
}

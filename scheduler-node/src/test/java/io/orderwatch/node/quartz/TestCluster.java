package io.orderwatch.node.quartz;

import static org.awaitility.Awaitility.await;

import com.codahale.metrics.MetricRegistry;
import com.zaxxer.hikari.HikariDataSource;
import io.orderwatch.dao.DataSources;
import io.orderwatch.dao.Database;
import io.orderwatch.dao.TestDatabase;
import io.orderwatch.dao.shard.ShardLease;
import io.orderwatch.job.KillPoints;
import io.orderwatch.job.NodeJob;
import io.orderwatch.job.Ownership;
import io.orderwatch.job.ShardJob;
import io.orderwatch.job.SingletonJob;
import io.orderwatch.job.Sweep;
import io.orderwatch.job.Tenure;
import io.orderwatch.stack.Stack;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Several schedulers in one JVM on one real database, whose jobs write down who ran what. */
final class TestCluster implements AutoCloseable {

    /** A run of a job. */
    record Ran(String node, String job, long begun, long ended) {}

    final TestDatabase db;
    final List<Ran> runs = new CopyOnWriteArrayList<>();
    final Set<String> gone = ConcurrentHashMap.newKeySet();
    /** Nodes that do not know that they are gone for the others. */
    final Set<String> unaware = ConcurrentHashMap.newKeySet();

    final Map<String, ClusteredScheduler> nodes = new LinkedHashMap<>();
    volatile String leader = "node-1";
    volatile Consumer<String> duringSweep = node -> {};
    volatile Consumer<String> duringSingleton = node -> {};
    private final List<HikariDataSource> pools = new ArrayList<>();
    private final List<ClusteredScheduler> all = new ArrayList<>();

    TestCluster(Stack stack) {
        this.db = TestDatabase.create(stack);
        db.execute("DELETE FROM job_settings");
    }

    /** A row that an operator or the schema has put there; at most one of interval and cron is not null. */
    void setting(String job, Integer intervalMillis, String cron) {
        db.execute("INSERT INTO job_settings (job, interval_ms, cron) VALUES (?, ?, ?)", job, intervalMillis, cron);
    }

    ClusteredScheduler start(String node) {
        HikariDataSource quartz = DataSources.pool("quartz-" + node, db.settings(), 4, Duration.ofSeconds(3));
        HikariDataSource work = DataSources.pool("work-" + node, db.settings(), 3, Duration.ofSeconds(3));
        return start(node, quartz, work, new SchedulerSettings("test", node, Duration.ofSeconds(2)));
    }

    ClusteredScheduler start(String node, HikariDataSource quartz, HikariDataSource work, SchedulerSettings settings) {
        pools.add(quartz);
        pools.add(work);
        JobCatalogue catalogue = new JobCatalogue(
                List.of(sweep(node, "sweep"), sweep(node, "other-sweep")),
                List.of(singleton(node, "once"), singleton(node, "cleanup")),
                List.of(nodeJob(node, "cleanup")));
        ClusteredScheduler scheduler = new ClusteredScheduler(
                settings,
                quartz,
                new Database(work),
                catalogue,
                new AllShards(node),
                other -> gone.contains(other) && !(other.equals(node) && unaware.contains(node)),
                () -> node.equals(leader),
                new MetricRegistry(),
                KillPoints.NONE);
        scheduler.start();
        nodes.put(node, scheduler);
        all.add(scheduler);
        return scheduler;
    }

    private ShardJob sweep(String node, String name) {
        return new ShardJob() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Sweep sweep(Tenure tenure) {
                ran(node, name, () -> duringSweep.accept(node));
                return new Sweep(1, false);
            }
        };
    }

    private SingletonJob singleton(String node, String name) {
        return new SingletonJob() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public int run(BooleanSupplier stopped) {
                ran(node, name, () -> duringSingleton.accept(node));
                return 1;
            }
        };
    }

    private NodeJob nodeJob(String node, String name) {
        return new NodeJob() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public int run(BooleanSupplier stopped) {
                ran(node, name + "-files", () -> {});
                return 1;
            }
        };
    }

    private void ran(String node, String job, Runnable work) {
        long begun = System.nanoTime();
        try {
            work.run();
        } finally {
            runs.add(new Ran(node, job, begun, System.nanoTime()));
        }
    }

    long count(String node, String job) {
        return runs.stream()
                .filter(run -> run.node().equals(node) && run.job().equals(job))
                .count();
    }

    long count(String job) {
        return runs.stream().filter(run -> run.job().equals(job)).count();
    }

    void until(java.util.concurrent.Callable<Boolean> condition) {
        await().atMost(40, TimeUnit.SECONDS)
                .pollInterval(20, TimeUnit.MILLISECONDS)
                .until(condition);
    }

    String state(String job, String name) {
        return db.text(
                "SELECT TRIGGER_STATE FROM QRTZ_TRIGGERS WHERE TRIGGER_GROUP = ? AND TRIGGER_NAME = ?", job, name);
    }

    /** Whether the job runs on the node within the time. */
    boolean runsWithin(Duration time, String node, String job) throws InterruptedException {
        long before = count(node, job);
        long deadline = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < deadline) {
            if (count(node, job) > before) {
                return true;
            }
            Thread.sleep(10);
        }
        return false;
    }

    @Override
    public void close() {
        duringSweep = node -> {};
        duringSingleton = node -> {};
        all.forEach(ClusteredScheduler::close);
        pools.forEach(HikariDataSource::close);
        db.close();
    }

    /** Owns all shards, always. */
    private record AllShards(String node) implements Ownership {

        @Override
        public Tenure begin() {
            return new Tenure() {
                @Override
                public String node() {
                    return node;
                }

                @Override
                public List<ShardLease> leases() {
                    return List.of(new ShardLease(0, 1));
                }

                @Override
                public boolean valid() {
                    return true;
                }

                @Override
                public void close() {}
            };
        }

        @Override
        public OptionalLong epoch(int shard) {
            return OptionalLong.of(1);
        }
    }
}

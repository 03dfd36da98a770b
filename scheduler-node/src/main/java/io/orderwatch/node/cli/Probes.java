package io.orderwatch.node.cli;

import io.orderwatch.node.config.Address;
import io.orderwatch.node.config.NodeConfig;
import io.orderwatch.node.shard.ZooKeeperProbe;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.slf4j.LoggerFactory;

/** Looks at all servers that a node depends on, at the same time. */
final class Probes {

    private static final Duration WITHIN = Duration.ofSeconds(5);

    private Probes() {}

    static List<DependencyReport> run(NodeConfig config, CommandContext context) throws InterruptedException {
        List<Callable<DependencyReport>> probes = List.of(
                new MysqlProbe(config.mysql(), WITHIN, context.clock(), context.ticker()),
                new RedisProbe(config.redis(), WITHIN, context.clock(), context.ticker()),
                () -> zookeeper(config.zookeeper(), context));
        // SLF4J complains on standard error when several threads are the first to ask it
        LoggerFactory.getILoggerFactory();
        AtomicInteger number = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(probes.size(), work -> {
            Thread thread = new Thread(work, "check-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<DependencyReport> reports = new ArrayList<>();
            for (Future<DependencyReport> report : threads.invokeAll(probes)) {
                reports.add(report.get());
            }
            return reports;
        } catch (ExecutionException e) {
            throw new IllegalStateException("A look at a server failed: " + e.getCause(), e);
        } finally {
            threads.shutdownNow();
        }
    }

    private static DependencyReport zookeeper(NodeConfig.ZooKeeper zookeeper, CommandContext context)
            throws InterruptedException {
        String address = zookeeper.servers().stream().map(Address::toString).collect(Collectors.joining(","));
        try {
            ZooKeeperProbe.Answer answer = new ZooKeeperProbe(
                            address, zookeeper.sessionTimeout(), WITHIN, context.clock(), context.ticker())
                    .look();
            String some = answer.answering() < answer.servers()
                    ? " (" + answer.answering() + " of " + answer.servers() + " servers)"
                    : "";
            return new DependencyReport(
                    "ZooKeeper", address, answer.version() + some, answer.roundTrip(), answer.clockDifference(), null);
        } catch (IOException e) {
            return DependencyReport.unusable("ZooKeeper", address, "cannot be reached: " + Reasons.of(e));
        }
    }
}

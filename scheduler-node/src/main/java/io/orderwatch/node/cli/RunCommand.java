package io.orderwatch.node.cli;

import io.orderwatch.node.config.InvalidConfigException;
import io.orderwatch.node.config.NodeConfig;
import io.orderwatch.node.log.LogFolder;
import io.orderwatch.node.log.NodeLogs;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "run",
        description = "Runs a node in this process until it is asked to end (SIGTERM), which hands its shards over.",
        mixinStandardHelpOptions = true,
        versionProvider = Orderwatch.Version.class)
final class RunCommand implements Callable<Integer> {

    private static final long LOOK_FOR_DRAIN_MILLIS = 500;
    private static final Duration BESIDES_DELIVERY = Duration.ofSeconds(10);

    private final CommandContext context;
    private final NodeProcess.Factory nodes;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Option(names = "--console", description = "Shows the node's own log and how far it is on standard output.")
    private boolean console;

    RunCommand(CommandContext context, NodeProcess.Factory nodes) {
        this.context = context;
        this.nodes = nodes;
    }

    @Override
    public Integer call() throws InvalidConfigException, AlreadyRunningException, IOException, InterruptedException {
        NodeConfig config = options.read(context);
        Path log4j2 = options.log4j2(context);
        RunFolder.of(config).failIfRunning();
        CountDownLatch stop = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        try (LogFolder logFolder = LogFolder.take(config);
                StateFile state = StateFile.open(config, logFolder.path(), context.clock(), this::show)) {
            HeapDumps.into(logFolder.path());
            // SIGTERM runs the hook, and the process ends when the hook does: it waits for this thread to clean up
            Runtime.getRuntime()
                    .addShutdownHook(new Thread(() -> stopAndWait(stop, stopped, within(config)), "orderwatch-stop"));
            try (NodeLogs logs = NodeLogs.start(config, logFolder.path(), log4j2, console)) {
                runUntil(stop, config, state, logs);
            }
        } finally {
            stopped.countDown();
        }
        return ExitCode.OK;
    }

    private void runUntil(CountDownLatch stop, NodeConfig config, StateFile state, NodeLogs logs)
            throws InvalidConfigException, InterruptedException {
        Logger log = LoggerFactory.getLogger(RunCommand.class);
        String id = config.node().id();
        log.info("{} starts as process {} with {}.", id, ProcessHandle.current().pid(), options.file(context));
        NodeProcess node = nodes.create(config, state, logs);
        try {
            node.start();
            boolean drained = false;
            while (!stop.await(LOOK_FOR_DRAIN_MILLIS, TimeUnit.MILLISECONDS)) {
                boolean wanted = state.drainRequested();
                if (wanted && !drained) {
                    log.info("An operator asks {} to hand its shards over.", id);
                    node.drain();
                } else if (drained && !wanted) {
                    log.info("An operator gives {} leave to work again.", id);
                    node.resume();
                }
                drained = wanted;
            }
            log.info("{} was asked to end.", id);
        } catch (InvalidConfigException e) {
            log.error("{} cannot start: {}", id, e.getMessage());
            throw e;
        } catch (RuntimeException e) {
            log.error("{} failed, and ends.", id, e);
            throw e;
        } finally {
            node.stop(within(config));
            log.info("{} has ended.", id);
        }
    }

    private static void stopAndWait(CountDownLatch stop, CountDownLatch stopped, Duration within) {
        stop.countDown();
        try {
            // twice: the node has that long, and closing logs and files comes after it
            stopped.await(2 * within.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Time for what is in flight to be answered, and for the rest. */
    private static Duration within(NodeConfig config) {
        return config.delivery()
                .totalDeadline()
                .plus(config.lease().acknowledgeWithin())
                .plus(BESIDES_DELIVERY);
    }

    private void show(NodeState state) {
        if (console) {
            context.out().println(Sentences.of(state));
        }
    }
}

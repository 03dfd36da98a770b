package io.orderwatch.node.cli;

import io.orderwatch.node.config.InvalidConfigException;
import io.orderwatch.node.config.NodeConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "stop",
        description = {
            "Asks the node of this host to end, and waits: it finishes what is in flight, hands its shards over, and ends.",
            "Ends with 0 when the node has ended or was not running, with 1 when it is still at it after the timeout."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Orderwatch.Version.class)
final class StopCommand implements Callable<Integer> {

    private static final Duration LOOK_EVERY = Duration.ofMillis(100);

    private final CommandContext context;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "60",
            description = "How long to wait until the node has ended (default: 60).")
    private int timeoutSeconds;

    StopCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InvalidConfigException, IOException, InterruptedException {
        NodeConfig config = options.read(context);
        RunFolder folder = RunFolder.of(config);
        String id = config.node().id();
        Optional<NodeState> state = folder.read();
        if (!folder.running()) {
            context.out().println(id + " is not running.");
            return ExitCode.OK;
        }
        // the lock says that a process of this node runs, so the id in its state is that process's and no other's
        Optional<ProcessHandle> process = state.flatMap(known -> ProcessHandle.of(known.pid()));
        if (process.isEmpty() || !process.get().destroy()) {
            context.err()
                    .println(id + " runs, but its process "
                            + state.map(known -> Long.toString(known.pid())).orElse("(unknown)")
                            + " cannot be asked to end.");
            return ExitCode.FAILED;
        }
        String said = "";
        long deadline =
                context.ticker().nanos() + Duration.ofSeconds(timeoutSeconds).toNanos();
        while (folder.running() || process.get().isAlive()) {
            if (context.ticker().nanos() - deadline >= 0) {
                context.err()
                        .println(id + " has not ended after " + timeoutSeconds + " s (process "
                                + process.get().pid() + ").");
                return ExitCode.FAILED;
            }
            String says = folder.read()
                    .filter(read -> read.phase() == Phase.DRAINING)
                    .map(Sentences::of)
                    .orElse("");
            if (!says.isEmpty() && !says.equals(said)) {
                context.out().println(says);
                context.out().flush();
                said = says;
            }
            Thread.sleep(LOOK_EVERY.toMillis());
        }
        context.out().println(id + " has stopped.");
        return ExitCode.OK;
    }
}

package io.orderwatch.node.cli;

import io.orderwatch.node.config.InvalidConfigException;
import io.orderwatch.node.config.NodeConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "drain",
        description = {
            "Asks the running node of this host to hand its shards over and to stay up without any, until it is"
                    + " restarted or --undo is given.",
            "Ends with 0 when it has none left (with --undo: when it is ready again), with 69 when the node is not"
                    + " running, with 1 when it is still at it after the timeout."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Orderwatch.Version.class)
final class DrainCommand implements Callable<Integer> {

    private static final Duration LOOK_EVERY = Duration.ofMillis(100);

    private final CommandContext context;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Option(names = "--undo", description = "Gives the node leave to take shards again.")
    private boolean undo;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "60",
            description = "How long to wait (default: 60).")
    private int timeoutSeconds;

    DrainCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InvalidConfigException, IOException, InterruptedException {
        NodeConfig config = options.read(context);
        RunFolder folder = RunFolder.of(config);
        String id = config.node().id();
        if (!folder.running()) {
            context.err().println(id + " is not running on this host.");
            return ExitCode.UNAVAILABLE;
        }
        if (undo) {
            Files.deleteIfExists(folder.drainFile());
        } else if (!Files.exists(folder.drainFile())) {
            Files.createFile(folder.drainFile());
        }
        Phase wanted = undo ? Phase.READY : Phase.DRAINED;
        String said = "";
        long deadline =
                context.ticker().nanos() + Duration.ofSeconds(timeoutSeconds).toNanos();
        while (context.ticker().nanos() - deadline < 0 && folder.running()) {
            Optional<NodeState> state = folder.read();
            String says = state.map(Sentences::of).orElse("");
            if (!says.isEmpty() && !says.equals(said)) {
                context.out().println(says);
                context.out().flush();
                said = says;
            }
            if (state.filter(read -> read.phase() == wanted).isPresent()) {
                return ExitCode.OK;
            }
            Thread.sleep(LOOK_EVERY.toMillis());
        }
        context.err()
                .println(
                        folder.running()
                                ? id + " is still at it after " + timeoutSeconds + " s."
                                : id + " ended meanwhile.");
        return ExitCode.FAILED;
    }
}

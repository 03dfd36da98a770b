package io.orderwatch.node.cli;

import io.orderwatch.job.notification.OperatorDesk;
import io.orderwatch.job.notification.QueueReport;
import io.orderwatch.node.config.InvalidConfigException;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "queues",
        description = {
            "Shows what waits to be sent, by merchant and lane: how many that were never tried and that were, how many are"
                    + " due, and the age of the oldest. A lane is free, or parked: its merchant is off, its breaker is"
                    + " open, or too much waits for it.",
            "Reads as much as waits, along an index; what a switch holds and what is set aside does not wait.",
            "Ends with 69 when MySQL cannot be reached."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Orderwatch.Version.class)
final class QueuesCommand implements Callable<Integer> {

    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(10);
    private static final Duration LONGEST_STATEMENT = Duration.ofSeconds(60);

    private final CommandContext context;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Option(names = "--merchant", paramLabel = "MERCHANT", description = "That of one merchant alone.")
    private @Nullable Long merchant;

    @Option(names = "--most", paramLabel = "LINES", description = "Shows the longest; by default 50.")
    private int most = 50;

    @Option(names = "--json", description = "Prints one JSON object, with all of them.")
    private boolean json;

    QueuesCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InvalidConfigException, InterruptedException {
        QueueReport all = new DatabaseAccess(options.read(context).mysql(), CONNECT_WITHIN, LONGEST_STATEMENT)
                .with(session -> new OperatorDesk(session.database(), context.clock()).queues());
        QueueReport wanted = merchant == null ? all : all.of(merchant);
        if (json) {
            context.out().println(wanted.json());
        } else {
            context.out().print(wanted.table(most));
            context.out().flush();
        }
        return ExitCode.OK;
    }
}

package io.orderwatch.node.cli;

import io.orderwatch.job.notification.OperatorDesk;
import io.orderwatch.node.config.InvalidConfigException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "why",
        description = {
            "Shows all that happened to an order, the oldest first: each change of its status, each notification, each"
                    + " try with its endpoint, outcome and cause, and who did it under which epoch.",
            "Ends with 66 when there is no such order, or nothing has happened to it; with 69 when MySQL cannot be reached."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Orderwatch.Version.class)
final class WhyCommand implements Callable<Integer> {

    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(10);
    private static final Duration LONGEST_STATEMENT = Duration.ofSeconds(15);

    private final CommandContext context;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Parameters(paramLabel = "ORDER_NO", description = "order_no of the order.")
    private String orderNo = "";

    WhyCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InvalidConfigException, InterruptedException {
        List<String> lines = new DatabaseAccess(options.read(context).mysql(), CONNECT_WITHIN, LONGEST_STATEMENT)
                .with(session -> new OperatorDesk(session.database(), context.clock()).why(orderNo));
        lines.forEach(context.out()::println);
        if (lines.isEmpty()) {
            context.out().println("Nothing has happened to an order " + orderNo + ", if there is one.");
            return ExitCode.NO_INPUT;
        }
        return ExitCode.OK;
    }
}

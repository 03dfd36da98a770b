package io.orderwatch.node.cli;

import io.orderwatch.dao.notification.DeadFilter;
import io.orderwatch.job.notification.OperatorDesk;
import io.orderwatch.node.ClusterClock;
import io.orderwatch.node.config.InvalidConfigException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "retry-dead",
        description = {
            "Has notifications that were given up tried again, with all their tries ahead of them: they are due at once, and"
                    + " the cluster claims and sends them like any other, so that two operators and the retry job"
                    + " together send each once. Counts them first; leaves a row in audit_log for each portion.",
            "Ends with 66 when there are none; with 69 when MySQL cannot be reached."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Orderwatch.Version.class)
final class RetryDeadCommand implements Callable<Integer> {

    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(10);
    private static final Duration LONGEST_STATEMENT = Duration.ofSeconds(60);
    private static final int BAR = 40;

    private final CommandContext context;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Option(names = "--merchant", paramLabel = "ID", description = "Of this merchant alone.")
    private @Nullable Long merchant;

    @Option(
            names = "--from",
            paramLabel = "TIME",
            description = "Given up then or later, such as 2026-01-31T12:00:00Z.")
    private @Nullable Instant from;

    @Option(names = "--until", paramLabel = "TIME", description = "Given up before then.")
    private @Nullable Instant until;

    @Option(names = "--all", description = "Of any merchant at any time, which has to be said.")
    private boolean all;

    @Option(names = "--dry-run", description = "Only counts them.")
    private boolean dryRun;

    RetryDeadCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InvalidConfigException, InterruptedException {
        if (merchant == null && from == null && until == null && !all) {
            context.err().println("Say which: --merchant, --from, --until, or --all.");
            return ExitCode.USAGE;
        }
        DeadFilter filter = new DeadFilter(merchant, from, until);
        return new DatabaseAccess(options.read(context).mysql(), CONNECT_WITHIN, LONGEST_STATEMENT)
                .with(session -> retry(
                        new OperatorDesk(
                                session.database(),
                                new ClusterClock(session.database(), context.clock(), context.ticker()).set()),
                        filter));
    }

    private int retry(OperatorDesk desk, DeadFilter filter) {
        long count = desk.countDead(filter);
        context.out().printf(Locale.ROOT, "%,d notifications were given up.%n", count);
        if (count == 0) {
            return ExitCode.NO_INPUT;
        }
        if (dryRun) {
            context.out().println("None was touched.");
            return ExitCode.OK;
        }
        long made = desk.redriveDead(context.actor(), filter, done -> show(done, count));
        context.err().println();
        context.out().printf(Locale.ROOT, "%,d are due now.%n", made);
        return ExitCode.OK;
    }

    /** On one line of a terminal. */
    private void show(long done, long count) {
        int filled = (int) Math.min(BAR, BAR * done / count);
        context.err()
                .printf(Locale.ROOT, "\r[%s%s] %,d of %,d", "#".repeat(filled), " ".repeat(BAR - filled), done, count);
        context.err().flush();
    }
}

package io.orderwatch.node.cli;

import io.orderwatch.dao.notification.MerchantState;
import io.orderwatch.job.notification.OperatorDesk;
import io.orderwatch.job.notification.OperatorDesk.Switched;
import io.orderwatch.node.config.InvalidConfigException;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "merchants",
        description = {
            "Lists the merchants and how each does: normal, slow (in the slow lane of a node), or open (a breaker of one of"
                    + " its endpoints is not closed), since when and why.",
            "With --pause or --resume: has one merchant's notifications wait, or go on, within a second; leaves a row in"
                    + " audit_log.",
            "Ends with 66 when there is no such merchant; with 69 when MySQL cannot be reached."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Orderwatch.Version.class)
final class MerchantsCommand implements Callable<Integer> {

    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(10);
    private static final Duration LONGEST_STATEMENT = Duration.ofSeconds(60);
    private static final String ROW = "%-20s %-24s %-8s %-10s %-8s %s%n";

    private final CommandContext context;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @ArgGroup
    private @Nullable Change change;

    /** One or the other. */
    private static final class Change {

        @Option(names = "--pause", paramLabel = "MERCHANT", description = "Has its notifications wait.")
        private @Nullable Long pause;

        @Option(names = "--resume", paramLabel = "MERCHANT", description = "Ends --pause.")
        private @Nullable Long resume;
    }

    MerchantsCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InvalidConfigException, InterruptedException {
        return new DatabaseAccess(options.read(context).mysql(), CONNECT_WITHIN, LONGEST_STATEMENT).with(session -> {
            OperatorDesk desk = new OperatorDesk(session.database(), context.clock());
            return change == null ? list(desk) : change(desk, change);
        });
    }

    private int list(OperatorDesk desk) {
        context.out().printf(ROW, "merchant", "name", "state", "endpoints", "", "");
        for (MerchantState merchant : desk.merchants()) {
            context.out()
                    .printf(
                            ROW,
                            merchant.id(),
                            merchant.name(),
                            merchant.state(),
                            merchant.endpoints(),
                            merchant.status() == 1 ? "" : "paused",
                            merchant.why() == null ? "" : merchant.why());
        }
        return ExitCode.OK;
    }

    private int change(OperatorDesk desk, Change wanted) {
        boolean on = wanted.pause == null;
        Long id = on ? wanted.resume : wanted.pause;
        Switched switched = desk.switchMerchant(context.actor(), id, on);
        context.out()
                .println(
                        switch (switched) {
                            case DONE ->
                                "Merchant " + id + (on ? " is notified again." : " is paused: its notifications wait.");
                            case WAS_SO -> "Merchant " + id + (on ? " was not paused." : " was paused before.");
                            case UNKNOWN -> "There is no merchant " + id + ".";
                        });
        return switched == Switched.UNKNOWN ? ExitCode.NO_INPUT : ExitCode.OK;
    }
}

package io.orderwatch.node.cli;

import io.orderwatch.dao.notification.Merchant;
import io.orderwatch.dao.notification.MerchantStore;
import io.orderwatch.dao.notification.Retries;
import io.orderwatch.job.notification.RetryPreview;
import io.orderwatch.node.config.InvalidConfigException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "retry-preview",
        description = {
            "Prints when a notification is tried as long as no try succeeds: by a preset, by a list, or as a merchant's row"
                    + " has it. Each wait is a tenth more or less; a merchant that answers with Retry-After is not tried"
                    + " before that, up to an hour.",
            "Presets: default, alipay, wechatpay, standard-webhooks, adyen.",
            "Ends with 64 for a bad preset or list, 66 when there is no such merchant, 69 when MySQL cannot be reached."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Orderwatch.Version.class)
final class RetryPreviewCommand implements Callable<Integer> {

    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(10);
    private static final Duration LONGEST_STATEMENT = Duration.ofSeconds(15);
    private static final String ROW = "%4s  %-14s  %-16s  %s%n";

    private final CommandContext context;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @ArgGroup(multiplicity = "1")
    private Of of = new Of();

    @Option(names = "--at", paramLabel = "TIME", description = "Moment of the first try; now, if left out.")
    private @Nullable Instant at;

    /** One of them. */
    private static final class Of {

        @Option(names = "--preset", paramLabel = "NAME", description = "A preset.")
        private @Nullable String preset;

        @Option(names = "--delays", paramLabel = "LIST", description = "A list such as 5s,30s,5m.")
        private @Nullable String delays;

        @Option(names = "--merchant", paramLabel = "ID", description = "What the merchant's row says.")
        private @Nullable Long merchant;
    }

    RetryPreviewCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InvalidConfigException, InterruptedException {
        Retries retries;
        if (of.merchant != null) {
            Optional<Merchant> found = merchant(of.merchant);
            if (found.isEmpty()) {
                context.err().println("There is no merchant " + of.merchant + ".");
                return ExitCode.NO_INPUT;
            }
            retries = found.get().retries();
        } else {
            retries = new Retries(of.preset == null ? "" : of.preset, of.delays);
        }
        Instant first = (at == null ? context.clock().instant() : at).truncatedTo(ChronoUnit.SECONDS);
        List<RetryPreview.Try> tries = RetryPreview.of(retries, first).orElse(List.of());
        if (tries.isEmpty()) {
            context.err()
                    .println("That is neither one of the presets " + RetryPreview.presets()
                            + " nor a list such as 5s,30s,5m.");
            return ExitCode.USAGE;
        }
        print(tries);
        return ExitCode.OK;
    }

    private Optional<Merchant> merchant(long id) throws InvalidConfigException, InterruptedException {
        Map<Long, Merchant> found = new DatabaseAccess(options.read(context).mysql(), CONNECT_WITHIN, LONGEST_STATEMENT)
                .with(session -> session.database().inTransaction(tx -> new MerchantStore().find(tx, List.of(id))));
        return Optional.ofNullable(found.get(id));
    }

    private void print(List<RetryPreview.Try> tries) {
        context.out().printf(ROW, "try", "after a wait of", "since the first", "at");
        for (RetryPreview.Try one : tries) {
            context.out().printf(ROW, one.number(), text(one.after()), text(one.sinceFirst()), one.at());
        }
        context.out().println("Then it is DEAD: bin/orderwatch retry-dead has it tried again.");
    }

    /** {@code 1d 2h 3m 4s}. */
    private static String text(Duration time) {
        String text = (time.toDaysPart() > 0 ? time.toDaysPart() + "d " : "")
                + (time.toHoursPart() > 0 ? time.toHoursPart() + "h " : "")
                + (time.toMinutesPart() > 0 ? time.toMinutesPart() + "m " : "")
                + (time.toSecondsPart() > 0 ? time.toSecondsPart() + "s " : "")
                + (time.toMillisPart() > 0 ? time.toMillisPart() + "ms " : "");
        return text.isEmpty() ? "-" : text.strip();
    }
}

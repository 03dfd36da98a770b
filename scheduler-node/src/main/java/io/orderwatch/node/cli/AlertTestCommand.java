package io.orderwatch.node.cli;

import io.orderwatch.job.alert.AlertChannels;
import io.orderwatch.job.alert.AlertTrial;
import io.orderwatch.node.config.InvalidConfigException;
import io.orderwatch.node.config.NodeConfig;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "alert-test",
        description = {
            "Sends a test message through each channel of alerts that is set (alerts.telegram, wecom, webhook, mail, sms),"
                    + " from this host, and says what came of it. Needs none of the servers.",
            "Ends with:",
            "  0   each channel took the message",
            "  1   one did not",
            "  66  no channel is set"
        },
        mixinStandardHelpOptions = true,
        versionProvider = Orderwatch.Version.class)
final class AlertTestCommand implements Callable<Integer> {

    private final CommandContext context;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    AlertTestCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InvalidConfigException, InterruptedException {
        NodeConfig config = options.read(context);
        try (AlertChannels channels = new AlertChannels(config.alerts().channels(config.mail(), config.sms()))) {
            List<AlertTrial.Result> results = new AlertTrial(
                            config.alerts().settings(config.cluster().name()), context.clock())
                    .run(channels, actor());
            if (results.isEmpty()) {
                context.err()
                        .println("No channel of alerts is set in " + options.file(context)
                                + ": set alerts.telegram, alerts.wecom, alerts.webhook, alerts.mail or alerts.sms.");
                return ExitCode.NO_INPUT;
            }
            results.forEach(result -> context.out().println(sentence(result)));
            return results.stream().allMatch(AlertTrial.Result::sent) ? ExitCode.OK : ExitCode.FAILED;
        }
    }

    private static String sentence(AlertTrial.Result result) {
        return "%-9s %s after %d ms: %s"
                .formatted(result.channel(), result.sent() ? "sent" : "not sent", result.millis(), result.said());
    }

    /** {@code user@host}. */
    private String actor() {
        return context.environment().getOrDefault("USER", System.getProperty("user.name", "unknown")) + "@"
                + context.hostName();
    }
}

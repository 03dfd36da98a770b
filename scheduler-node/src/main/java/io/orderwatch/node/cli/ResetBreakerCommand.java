package io.orderwatch.node.cli;

import io.orderwatch.node.breaker.BreakerReset;
import io.orderwatch.node.breaker.BreakerReset.Answer;
import io.orderwatch.node.breaker.BreakerReset.Kind;
import io.orderwatch.node.breaker.BreakerSettings;
import io.orderwatch.node.config.InvalidConfigException;
import io.orderwatch.node.config.NodeConfig;
import io.orderwatch.node.lock.RedisSettings;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "reset-breaker",
        description = {
            "Closes the breakers of a merchant's endpoints, now, for the whole cluster. What they held back is sent, a"
                    + " little at first. Can be done once a minute. Leaves rows in audit_log and breaker_changes.",
            "Ends with:",
            "  0   they are closed",
            "  66  there is no such merchant, or it has no endpoint that is on",
            "  69  MySQL or Redis cannot be reached",
            "  75  one was reset a moment ago: try again later"
        },
        mixinStandardHelpOptions = true,
        versionProvider = Orderwatch.Version.class)
final class ResetBreakerCommand implements Callable<Integer> {

    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(10);
    private static final Duration LONGEST_STATEMENT = Duration.ofSeconds(15);

    private final CommandContext context;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Parameters(paramLabel = "MERCHANT", description = "id of the merchant.")
    private long merchantId;

    ResetBreakerCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InvalidConfigException, InterruptedException {
        NodeConfig config = options.read(context);
        List<Answer> answers = new DatabaseAccess(config.mysql(), CONNECT_WITHIN, LONGEST_STATEMENT)
                .with(session -> reset(config, session));
        answers.forEach(answer -> context.out().println(answer.sentence() + "."));
        if (answers.isEmpty()) {
            context.out().println("There is no merchant " + merchantId + " with an endpoint that is on.");
            return ExitCode.NO_INPUT;
        }
        if (answers.stream().anyMatch(answer -> answer.kind() == Kind.UNREACHABLE)) {
            return ExitCode.UNAVAILABLE;
        }
        return answers.stream().anyMatch(answer -> answer.kind() == Kind.COOLING_DOWN)
                ? ExitCode.TRY_LATER
                : ExitCode.OK;
    }

    private List<Answer> reset(NodeConfig config, DatabaseAccess.Session session) {
        RedisSettings redis =
                RedisSettings.of(config.redis().uri(), config.redis().password().value());
        BreakerSettings settings = BreakerSettings.of(config.breaker(), config.delivery());
        String actor = context.environment().getOrDefault("USER", System.getProperty("user.name", "unknown")) + "@"
                + context.hostName();
        try (BreakerReset reset = new BreakerReset(redis, config.cluster().name(), settings, session.database())) {
            return reset.reset(merchantId, actor);
        }
    }
}

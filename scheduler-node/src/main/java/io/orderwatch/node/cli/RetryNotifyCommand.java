package io.orderwatch.node.cli;

import com.codahale.metrics.MetricRegistry;
import io.orderwatch.dao.Database;
import io.orderwatch.job.notification.AddressPolicy;
import io.orderwatch.job.notification.DeliverySettings;
import io.orderwatch.job.notification.HttpChannel;
import io.orderwatch.job.notification.HttpChannelSettings;
import io.orderwatch.job.notification.ManualRetry;
import io.orderwatch.job.notification.RetryAnswer;
import io.orderwatch.job.notification.RetryAnswer.Kind;
import io.orderwatch.node.ClusterClock;
import io.orderwatch.node.channel.MerchantChannels;
import io.orderwatch.node.config.InvalidConfigException;
import io.orderwatch.node.config.NodeConfig;
import io.orderwatch.node.lock.RedisSettings;
import io.orderwatch.node.lock.RedissonLocks;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "retry-notify",
        description = {
            "Sends those notifications of an order that its merchant has not got, now, from any host, dead ones too. Goes"
                    + " through the same claim and lock as the cluster: with the retry job and another operator at it at"
                    + " the same moment the merchant is called once. Leaves a row in audit_log.",
            "Ends with:",
            "  0   all were delivered, now or before",
            "  1   the merchant did not accept one; or one is set aside, or its result could not be written",
            "  66  there is no such order, or it has nothing to tell its merchant",
            "  69  MySQL cannot be reached",
            "  75  one is being sent by somebody else right now, or is held by a switch: try again later"
        },
        mixinStandardHelpOptions = true,
        versionProvider = Orderwatch.Version.class)
final class RetryNotifyCommand implements Callable<Integer> {

    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(10);
    private static final Duration LONGEST_STATEMENT = Duration.ofSeconds(15);

    private final CommandContext context;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @ArgGroup(multiplicity = "1")
    private Of of = new Of();

    /** One or the other. */
    private static final class Of {

        @Parameters(paramLabel = "ORDER_NO", description = "order_no of the order.")
        private @Nullable String orderNo;

        @Option(names = "--notification", paramLabel = "ID", description = "This notification alone, such as ow_18.")
        private @Nullable String notification;
    }

    RetryNotifyCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InvalidConfigException, InterruptedException {
        NodeConfig config = options.read(context);
        List<RetryAnswer> answers = new DatabaseAccess(config.mysql(), CONNECT_WITHIN, LONGEST_STATEMENT)
                .with(session -> retry(config, session.database()));
        answers.forEach(answer -> context.out().println(answer.sentence() + "."));
        return exitCode(answers);
    }

    private List<RetryAnswer> retry(NodeConfig config, Database database) throws InterruptedException {
        NodeConfig.Delivery delivery = config.delivery();
        DeliverySettings defaults = DeliverySettings.defaults();
        DeliverySettings settings = new DeliverySettings(
                1,
                0,
                1,
                1,
                1,
                defaults.linger(),
                delivery.totalDeadline(),
                delivery.leaseMargin(),
                defaults.isolation());
        HttpChannelSettings http = new HttpChannelSettings(
                1,
                delivery.connectTimeout(),
                delivery.totalDeadline(),
                delivery.maxAnswerBytes(),
                1,
                HttpChannelSettings.defaults(Orderwatch.version()).userAgent(),
                AddressPolicy.internetAnd(delivery.allowedAddresses()));
        RedisSettings redis =
                RedisSettings.of(config.redis().uri(), config.redis().password().value());
        ClusterClock clock = new ClusterClock(database, context.clock(), context.ticker()).set();
        try (RedissonLocks locks =
                        RedissonLocks.open(redis, config.cluster().name(), new MetricRegistry(), context.ticker());
                MerchantChannels channels = new MerchantChannels(new HttpChannel(http, clock), config, clock)) {
            ManualRetry retry =
                    new ManualRetry(database, channels.channels(), locks, settings, clock, context.ticker());
            return of.orderNo == null
                    ? List.of(retry.retryNotification(of.notification, context.actor()))
                    : retry.retry(of.orderNo, context.actor());
        }
    }

    /** The worst of the answers; see the command's description. */
    static int exitCode(List<RetryAnswer> answers) {
        if (any(answers, Kind.FAILED)
                || any(answers, Kind.NOT_RECORDED)
                || any(answers, Kind.SET_ASIDE)
                || any(answers, Kind.UNREACHABLE)) {
            return ExitCode.FAILED;
        }
        if (any(answers, Kind.BEING_SENT) || any(answers, Kind.HELD)) {
            return ExitCode.TRY_LATER;
        }
        if (any(answers, Kind.UNKNOWN_ORDER) || any(answers, Kind.NO_NOTIFICATION)) {
            return ExitCode.NO_INPUT;
        }
        return ExitCode.OK;
    }

    private static boolean any(List<RetryAnswer> answers, Kind kind) {
        return answers.stream().anyMatch(answer -> answer.kind() == kind);
    }
}

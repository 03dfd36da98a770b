package io.orderwatch.node.cli;

import io.orderwatch.dao.Database;
import io.orderwatch.dao.shard.NodeLease;
import io.orderwatch.dao.shard.NodeLeaseStore;
import io.orderwatch.node.config.InvalidConfigException;
import io.orderwatch.node.config.NodeConfig;
import io.orderwatch.node.quartz.NodeLiveness;
import io.orderwatch.node.quartz.SchedulerSettings;
import io.orderwatch.node.quartz.VisitingDoctor;
import io.orderwatch.node.shard.ClusterReader;
import io.orderwatch.node.shard.ClusterUnavailableException;
import io.orderwatch.node.shard.ClusterView;
import io.orderwatch.node.shard.ShardSettings;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "doctor",
        description = {
            "Finds what is wrong in Quartz's tables and repairs it, from any host, whether nodes run or not: triggers that"
                    + " are stuck, in error or long overdue, missing triggers and lock rows, and what nodes that are gone"
                    + " left behind. The cluster does the same by itself as the job doctor. Each repair leaves a row in"
                    + " audit_log.",
            "While ZooKeeper is away no node is taken for gone.",
            "Ends with 0 when nothing was wrong or all was repaired, with 69 when MySQL cannot be reached; with --dry-run"
                    + " with 1 when something is wrong."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Orderwatch.Version.class)
final class DoctorCommand implements Callable<Integer> {

    private static final Duration WITHIN = Duration.ofSeconds(5);
    private static final Duration LONGEST_STATEMENT = Duration.ofSeconds(30);

    private final CommandContext context;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Option(names = "--dry-run", description = "Only says what it would repair.")
    private boolean dryRun;

    DoctorCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InvalidConfigException, InterruptedException {
        NodeConfig config = options.read(context);
        NodeLiveness members = members(config);
        List<String> found = new DatabaseAccess(config.mysql(), WITHIN, LONGEST_STATEMENT).with(session -> {
            Set<String> leased = leased(session.database());
            NodeLiveness liveness = node -> members.gone(node) && !leased.contains(node);
            String scheduler = SchedulerSettings.of(config.node().id()).name();
            try (VisitingDoctor doctor =
                    new VisitingDoctor(scheduler, session.pool(), session.database(), liveness, context.ticker())) {
                return dryRun ? doctor.examine() : doctor.repair(context.actor());
            }
        });
        if (found.isEmpty()) {
            context.out().println("Nothing is wrong.");
            return ExitCode.OK;
        }
        found.forEach(sentence -> context.out().println(sentence + "."));
        return dryRun ? ExitCode.FAILED : ExitCode.OK;
    }

    /** Who may work on although ZooKeeper does not see it just now. */
    private static Set<String> leased(Database database) {
        return database.inTransaction(new NodeLeaseStore()::all).stream()
                .filter(lease -> !lease.over())
                .map(NodeLease::node)
                .collect(Collectors.toSet());
    }

    private NodeLiveness members(NodeConfig config) {
        ShardSettings settings = ShardSettings.of(
                config.cluster().name(),
                config.zookeeper().connect(),
                config.schema().shards());
        try (ClusterReader reader = ClusterReader.connect(settings, WITHIN)) {
            Set<String> members = reader.read().members().stream()
                    .filter(ClusterView.MemberView::working)
                    .map(ClusterView.MemberView::node)
                    .collect(Collectors.toSet());
            return node -> !members.contains(node);
        } catch (ClusterUnavailableException e) {
            context.err().println(e.getMessage() + "; no node is taken for gone.");
            return node -> false;
        }
    }
}

package io.orderwatch.node.cli;

import io.orderwatch.node.config.InvalidConfigException;
import io.orderwatch.node.config.NodeConfig;
import io.orderwatch.node.shard.ClusterReader;
import io.orderwatch.node.shard.ClusterUnavailableException;
import io.orderwatch.node.shard.ClusterView;
import io.orderwatch.node.shard.ShardSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "status",
        description = {
            "Shows every node and its shards, the leader, the state of the jobs and the backlog, from any host.",
            "What cannot be reached is named, and the rest is shown all the same.",
            "Ends with 0 when all is well, with 69 when a server cannot be reached, no node leads, a shard is not worked on,"
                    + " or the clock of a node differs from the database's by more than clock.max-difference."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Orderwatch.Version.class)
final class StatusCommand implements Callable<Integer> {

    private static final Duration WITHIN = Duration.ofSeconds(5);
    private static final Duration LONGEST_STATEMENT = Duration.ofSeconds(60);

    private final CommandContext context;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Option(names = "--json", description = "Prints one JSON object.")
    private boolean json;

    StatusCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InvalidConfigException, InterruptedException {
        NodeConfig config = options.read(context);
        List<String> away = new ArrayList<>();
        ClusterView inZooKeeper = zookeeper(config, away);
        DatabaseView inDatabase = database(config, away);
        ClusterStatus status = ClusterStatus.of(
                config.cluster().name(),
                inZooKeeper,
                inDatabase,
                away,
                config.clock().maxDifference());
        if (json) {
            context.out().println(StatusPage.json(status));
        } else {
            StatusPage.print(status, context.clock().instant(), context.out());
        }
        return status.problems().isEmpty() ? ExitCode.OK : ExitCode.UNAVAILABLE;
    }

    private static @Nullable ClusterView zookeeper(NodeConfig config, List<String> away) {
        ShardSettings settings = ShardSettings.of(
                config.cluster().name(),
                config.zookeeper().connect(),
                config.schema().shards());
        try (ClusterReader reader = ClusterReader.connect(settings, WITHIN)) {
            return reader.read();
        } catch (ClusterUnavailableException e) {
            away.add(e.getMessage() + ".");
            return null;
        }
    }

    private static @Nullable DatabaseView database(NodeConfig config, List<String> away) throws InterruptedException {
        DatabaseAccess access = new DatabaseAccess(config.mysql(), WITHIN, LONGEST_STATEMENT);
        try {
            return access.with(session -> DatabaseView.read(session.database()));
        } catch (ServerUnavailableException e) {
            away.add(e.getMessage());
        } catch (RuntimeException e) {
            // no table yet, no right to read it: the page shows what ZooKeeper knows
            away.add("MySQL at " + access.address() + " cannot be read: " + Reasons.innermost(e));
        }
        return null;
    }
}

package io.orderwatch.node.cli;

import io.orderwatch.node.config.InvalidConfigException;
import io.orderwatch.node.config.NodeConfig;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "check",
        description = {
            "Looks at the configuration and at MySQL, Redis and ZooKeeper, and prints a line for each server:"
                    + " its address, version, round trip, and how its clock differs from this host's.",
            "Ends with 0 when all can be used, else with 69."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Orderwatch.Version.class)
final class CheckCommand implements Callable<Integer> {

    private final CommandContext context;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    CheckCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InvalidConfigException, InterruptedException {
        NodeConfig config = options.read(context);
        List<DependencyReport> reports = Probes.run(config, context);
        DependencyTable.print(reports, config.clock().maxDifference(), context.out());
        return reports.stream().allMatch(DependencyReport::usable) ? ExitCode.OK : ExitCode.UNAVAILABLE;
    }
}

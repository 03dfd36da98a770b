package io.orderwatch.node.cli;

import io.orderwatch.dao.Database;
import io.orderwatch.dao.cluster.ClusterStore;
import io.orderwatch.dao.schema.SchemaMigration;
import io.orderwatch.dao.schema.SchemaMigrationException;
import io.orderwatch.node.config.InvalidConfigException;
import io.orderwatch.node.config.NodeConfig;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "migrate",
        description = {
            "Brings the tables up to date and prints what was applied.",
            "Needs the rights of the migration user of sql/grants.sql: give it by"
                    + " ORDERWATCH_MYSQL_USER and ORDERWATCH_MYSQL_PASSWORD.",
            "Ends with 0 when the tables are up to date, with 69 when MySQL cannot be reached, with 1 when a script failed."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Orderwatch.Version.class)
final class MigrateCommand implements Callable<Integer> {

    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(10);
    private static final Duration LONGEST_STATEMENT = Duration.ofHours(6);

    private final CommandContext context;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Option(names = "--dry-run", description = "Only prints what would be applied.")
    private boolean dryRun;

    MigrateCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InvalidConfigException, InterruptedException {
        NodeConfig config = options.read(context);
        DatabaseAccess access = new DatabaseAccess(config.mysql(), CONNECT_WITHIN, LONGEST_STATEMENT);
        try {
            return access.with(session -> migrate(session, config, access.address()));
        } catch (SchemaMigrationException e) {
            context.err()
                    .println("The tables cannot be brought up to date: "
                            + String.valueOf(e.getMessage()).strip().replaceAll("\\s*\\n\\s*", " "));
            return ExitCode.FAILED;
        }
    }

    private int migrate(DatabaseAccess.Session session, NodeConfig config, String address) {
        Database database = session.database();
        ClusterStore cluster = new ClusterStore();
        // first a look that says in a sentence when MySQL is away
        String where = "The tables of " + address + " (" + database.inTransaction(cluster::version) + ")";
        SchemaMigration migration =
                new SchemaMigration(session.pool(), config.schema().shards());
        List<String> scripts = dryRun ? migration.pending() : migration.migrate();
        scripts.forEach(script -> context.out().println((dryRun ? "would apply " : "applied ") + script));
        if (dryRun) {
            context.out().println(where + (scripts.isEmpty() ? " are up to date." : " are behind."));
            return ExitCode.OK;
        }
        OptionalInt shards = database.inTransaction(cluster::shards);
        context.out().println(where + " are up to date, with " + shards.orElse(0) + " shards.");
        return ExitCode.OK;
    }
}

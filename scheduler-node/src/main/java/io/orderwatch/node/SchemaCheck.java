package io.orderwatch.node;

import io.orderwatch.dao.Database;
import io.orderwatch.dao.DatabaseException;
import io.orderwatch.dao.cluster.ClusterStore;
import io.orderwatch.dao.schema.SchemaMigration;
import io.orderwatch.node.config.NodeConfig;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether the database is there and its tables are the ones that this release works on. */
final class SchemaCheck {

    private static final Logger LOG = LoggerFactory.getLogger(SchemaCheck.class);

    private final NodeConfig config;
    private final Database database;
    private final SchemaMigration migration;
    private final ClusterStore cluster = new ClusterStore();

    SchemaCheck(NodeConfig config, DataSource dataSource) {
        this.config = config;
        this.database = new Database(dataSource);
        this.migration = new SchemaMigration(dataSource, config.schema().shards());
    }

    /** A sentence on what is amiss; empty when the node may begin. Brings the tables up to date when it is allowed to. */
    Optional<String> trouble() {
        try {
            database.inTransaction(cluster::databaseTime);
        } catch (DatabaseException e) {
            return Optional.of("MySQL at " + config.mysql().server() + " cannot be used: " + e.getMessage());
        }
        try {
            return config.schema().migrate() ? migrate() : compare();
        } catch (RuntimeException e) {
            LOG.debug("The schema cannot be checked", e);
            return Optional.of("The tables of schema " + config.mysql().schema() + " at "
                    + config.mysql().server() + " cannot be brought up to date: " + firstLine(e));
        }
    }

    private Optional<String> migrate() {
        for (String applied : migration.migrate()) {
            LOG.info("Applied {} to schema {}", applied, config.mysql().schema());
        }
        return release();
    }

    private Optional<String> compare() {
        List<String> pending = migration.pending();
        if (!pending.isEmpty()) {
            return Optional.of("The schema " + config.mysql().schema() + " at "
                    + config.mysql().server() + " lacks " + String.join(", ", pending)
                    + ": run bin/migrate.sh, or set schema.migrate = true.");
        }
        return release();
    }

    /** Whoever works on tables that it does not know may break them for those who do. */
    private Optional<String> release() {
        List<String> newer = migration.newer();
        if (!newer.isEmpty()) {
            return Optional.of("The schema " + config.mysql().schema() + " at "
                    + config.mysql().server() + " has " + String.join(", ", newer)
                    + " of a newer release: run that one, this one would not know what it does.");
        }
        List<String> foreign = migration.foreign();
        if (!foreign.isEmpty()) {
            return Optional.of("The schema " + config.mysql().schema() + " at "
                    + config.mysql().server() + " was not made by this release: its " + String.join(", ", foreign)
                    + " is another one, or was not applied to its end.");
        }
        return shards();
    }

    private Optional<String> shards() {
        OptionalInt recorded = database.inTransaction(cluster::shards);
        if (recorded.isPresent() && recorded.getAsInt() == config.schema().shards()) {
            return Optional.empty();
        }
        return Optional.of("The schema " + config.mysql().schema() + " was made with "
                + (recorded.isPresent() ? recorded.getAsInt() : "no recorded number of")
                + " shards, and schema.shards is "
                + config.schema().shards() + ": the two must agree.");
    }

    private static String firstLine(Throwable e) {
        String message = e.getMessage() == null ? e.toString() : e.getMessage();
        return message.strip().lines().findFirst().orElse("").strip();
    }
}

package io.orderwatch.dao.schema;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.output.MigrateOutput;

/** Brings the schema up to date with the scripts of {@code sql/migrations}, by Flyway. Several nodes may try at once. */
public final class SchemaMigration {

    private final Flyway flyway;

    /** @param shards number of shards of a new installation; an existing one keeps its own */
    public SchemaMigration(DataSource dataSource, int shards) {
        this.flyway = Flyway.configure()
                .dataSource(dataSource)
                .locations("classpath:io/orderwatch/sql")
                .placeholders(Map.of("shards", Integer.toString(shards)))
                .cleanDisabled(true)
                .load();
    }

    /**
     * Applies what is missing and returns its file names, in order; empty when nothing was.
     *
     * @throws SchemaMigrationException when a script failed, or the tables are not as the scripts left them
     */
    public List<String> migrate() {
        try {
            return flyway.migrate().migrations.stream()
                    .map(SchemaMigration::describe)
                    .toList();
        } catch (FlywayException e) {
            throw new SchemaMigrationException(e);
        }
    }

    /**
     * What {@link #migrate()} would apply.
     *
     * @throws SchemaMigrationException when the tables cannot be looked at
     */
    public List<String> pending() {
        try {
            return Arrays.stream(flyway.info().pending())
                    .map(MigrationInfo::getScript)
                    .toList();
        } catch (FlywayException e) {
            throw new SchemaMigrationException(e);
        }
    }

    private static String describe(MigrateOutput migration) {
        return "V" + migration.version + " " + migration.description;
    }
}

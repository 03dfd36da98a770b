package io.orderwatch.dao.schema;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationState;
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

    /**
     * Scripts that were applied and that this release does not have: a newer one has brought the tables further.
     *
     * @throws SchemaMigrationException when the tables cannot be looked at
     */
    public List<String> newer() {
        return applied(info -> isFuture(info.getState()));
    }

    /**
     * Scripts that were applied and are not those of this release: others of the same number, ones that have gone since, or
     * that did not come to their end.
     *
     * @throws SchemaMigrationException when the tables cannot be looked at
     */
    public List<String> foreign() {
        return applied(info -> !isFuture(info.getState())
                && (info.getState().isFailed()
                        || info.getState() == MigrationState.MISSING_SUCCESS
                        || !info.isChecksumMatching()));
    }

    private static boolean isFuture(MigrationState state) {
        return state == MigrationState.FUTURE_SUCCESS || state == MigrationState.FUTURE_FAILED;
    }

    private List<String> applied(Predicate<MigrationInfo> which) {
        try {
            return Arrays.stream(flyway.info().applied())
                    .filter(which)
                    .map(info -> "V" + info.getVersion() + " " + info.getDescription())
                    .toList();
        } catch (FlywayException e) {
            throw new SchemaMigrationException(e);
        }
    }

    private static String describe(MigrateOutput migration) {
        return "V" + migration.version + " " + migration.description;
    }
}

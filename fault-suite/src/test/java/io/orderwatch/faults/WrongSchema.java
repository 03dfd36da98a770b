package io.orderwatch.faults;

import io.orderwatch.faults.Catalogue.Entry;
import io.orderwatch.stack.cluster.Cluster;
import io.orderwatch.stack.cluster.ClusterSettings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.awaitility.Awaitility;

/**
 * A node is started, under an id that is taken and on the path of our cluster, on tables that are not those of its release.
 * It stays up without being ready, says in a sentence why, and touches nothing: not ZooKeeper, and not the tables.
 */
final class WrongSchema {

    private static final String NODE = "node-1";
    /** More than enough to become a member, which it must not. */
    private static final Duration WHILE = Duration.ofSeconds(3);

    private static final String OTHER_SHARDS = "schema.shards = " + ClusterSettings.SHARDS / 2;

    private final World world;

    WrongSchema(World world) {
        this.world = world;
    }

    List<Entry> entries() {
        return List.of(
                entry(
                        "wrong-schema-older",
                        "the last script was never applied",
                        "DELETE FROM %s.flyway_schema_history ORDER BY installed_rank DESC LIMIT 1",
                        "run bin/migrate.sh"),
                entry(
                        "wrong-schema-newer",
                        "a script of a later release was applied",
                        "INSERT INTO %s.flyway_schema_history (installed_rank, version, description, type, script, checksum,"
                                + " installed_by, execution_time, success)"
                                + " VALUES (99, '99', 'later', 'SQL', 'V99__later.sql', 1, 'somebody', 1, 1)",
                        "of a newer release"),
                entry(
                        "wrong-schema-foreign",
                        "somebody else's script of the same number was applied",
                        "UPDATE %s.flyway_schema_history SET checksum = checksum + 1 WHERE version = '1'",
                        "was not made by this release"),
                Entry.of("wrong-schema-shards", random -> shards()));
    }

    private Entry entry(String name, String how, String sql, String says) {
        return Entry.of(
                name,
                random -> new Act("a node is started where " + how, Set.of("intruder"), false, () -> {
                    String schema = world.stack().newSchema("wrong");
                    try (Cluster intruder = world.intruder(schema, "")) {
                        world.tables().execute(sql.formatted(schema));
                        String reason = refused(intruder, says);
                        for (String table : List.of("node_leases", "shard_leases", "QRTZ_SCHEDULER_STATE")) {
                            long rows = world.tables().number("SELECT COUNT(*) FROM " + schema + "." + table);
                            if (rows > 0) {
                                throw new AssertionError(
                                        rows + " rows of " + table + " are of a node that said: " + reason);
                            }
                        }
                        return Optional.of("it says: " + reason);
                    }
                }));
    }

    private Fault shards() {
        return new Act("a node is started with another number of shards", Set.of("intruder"), false, () -> {
            try (Cluster intruder = world.intruder(world.schema(), OTHER_SHARDS)) {
                return Optional.of("it says: " + refused(intruder, "the two must agree"));
            }
        });
    }

    /** Starts it, sees that it says so and goes on saying so, and ends it. */
    private static String refused(Cluster intruder, String says) throws InterruptedException {
        intruder.launch(NODE);
        try {
            Awaitility.await("it says why it does not work")
                    .atMost(World.PATIENCE)
                    .until(() -> intruder.said(NODE).waiting());
            World.pass(WHILE);
            List<String> reasons = intruder.said(NODE).reasons();
            if (!intruder.said(NODE).waiting() || reasons.stream().noneMatch(reason -> reason.contains(says))) {
                throw new AssertionError("It is " + intruder.said(NODE) + " and ought to wait because '" + says + "'");
            }
            return String.join(" ", reasons);
        } finally {
            intruder.kill(NODE);
        }
    }
}

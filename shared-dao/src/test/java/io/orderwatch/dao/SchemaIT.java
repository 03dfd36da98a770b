package io.orderwatch.dao;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.dao.cluster.ClusterStore;
import io.orderwatch.dao.schema.SchemaMigration;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(StackExtension.class)
class SchemaIT {

    @Test
    void schema_is_applied_once_and_remembers_its_number_of_shards(Stack stack) {
        try (TestDatabase db = TestDatabase.create(stack)) {
            assertEquals(List.of(), new SchemaMigration(db.pool(), 64).migrate(), "a second run has nothing to do");
            ClusterStore cluster = new ClusterStore();
            assertEquals(OptionalInt.of(TestDatabase.SHARDS), db.database().inTransaction(cluster::shards));
        }
    }

    @Test
    void tables_of_another_release_are_told_from_those_of_this_one(Stack stack) {
        try (TestDatabase db = TestDatabase.create(stack)) {
            SchemaMigration migration = new SchemaMigration(db.pool(), 64);
            assertEquals(List.of(), migration.newer());
            assertEquals(List.of(), migration.foreign());

            db.execute(
                    "INSERT INTO flyway_schema_history (installed_rank, version, description, type, script, checksum,"
                            + " installed_by, execution_time, success)"
                            + " VALUES (99, '99', 'later', 'SQL', 'V99__later.sql', 1, 'somebody', 1, 1)");
            assertEquals(List.of("V99 later"), migration.newer());
            assertEquals(List.of(), migration.foreign(), "newer is not foreign");
            assertEquals(List.of(), migration.pending(), "nothing is missing, either");

            db.execute("DELETE FROM flyway_schema_history WHERE version = '99'");
            db.execute("UPDATE flyway_schema_history SET checksum = checksum + 1 WHERE version = '1'");
            assertEquals(List.of("V1 orderwatch"), migration.foreign());
            assertEquals(List.of(), migration.newer());

            db.execute("UPDATE flyway_schema_history SET checksum = checksum - 1 WHERE version = '1'");
            db.execute("UPDATE flyway_schema_history SET success = 0 WHERE version = '1'");
            assertEquals(List.of("V1 orderwatch"), migration.foreign(), "it came to no end");
        }
    }

    @Test
    void sessions_are_in_utc_and_read_committed(Stack stack) {
        try (TestDatabase db = TestDatabase.create(stack)) {
            Instant time = db.database().inTransaction(new ClusterStore()::databaseTime);
            assertTrue(Math.abs(time.toEpochMilli() - System.currentTimeMillis()) < 5000, "read as UTC: " + time);
            assertEquals("0", db.text("SELECT TIMESTAMPDIFF(MINUTE, UTC_TIMESTAMP(), NOW())"));
            String isolation = db.text("SELECT @@SESSION." + isolationVariable(db));
            assertEquals("READ-COMMITTED", isolation);
        }
    }

    @Test
    void there_is_no_trigger(Stack stack) {
        try (TestDatabase db = TestDatabase.create(stack)) {
            assertEquals(
                    0, db.number("SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema = DATABASE()"));
        }
    }

    @Test
    void a_plain_update_marks_its_row_and_dealing_with_it_unmarks_it(Stack stack) {
        try (TestDatabase db = TestDatabase.create(stack)) {
            db.execute("INSERT INTO users (id) VALUES (7)");
            assertEquals(0, db.number("SELECT work FROM users WHERE id = 7"));
            db.execute("UPDATE users SET status = 0 WHERE id = 7");
            assertEquals(1, db.number("SELECT work FROM users WHERE id = 7"));
            db.execute("INSERT INTO orders (order_no, user_id, merchant_id) VALUES ('A', 7, 1)");
            assertEquals("1", db.text("SELECT work FROM orders"), "a new order is work");
            assertEquals("7", db.text("SELECT shard FROM orders"));
            db.execute("UPDATE orders SET seen_status = status");
            assertEquals("0", db.text("SELECT work FROM orders"));
            db.execute("UPDATE orders SET status = 'PAID'");
            assertEquals("1", db.text("SELECT work FROM orders"));
            assertEquals("none", db.text("SELECT COALESCE(held_user, 'none') FROM orders"));
            db.execute("UPDATE orders SET held = 1");
            assertEquals("0", db.text("SELECT work FROM orders"), "a held order is none");
            assertEquals("7", db.text("SELECT held_user FROM orders"), "and is found by whose it is");
            db.execute("UPDATE orders SET held = 2");
            assertEquals("none", db.text("SELECT COALESCE(held_user, 'none') FROM orders"), "no switch holds it");
        }
    }

    @Test
    void connections_that_cannot_be_had_are_told_apart_from_defects(Stack stack) {
        DatabaseSettings nowhere = new DatabaseSettings("jdbc:mysql://127.0.0.1:9/none", "x", "x");
        try (var pool = DataSources.pool("nowhere", nowhere, 1, java.time.Duration.ofMillis(500))) {
            DatabaseUnavailableException away = org.junit.jupiter.api.Assertions.assertThrows(
                    DatabaseUnavailableException.class,
                    () -> new Database(pool).inTransaction(new ClusterStore()::databaseTime));
            assertFalse(away.getMessage().contains("\n"), away.getMessage());
        }
    }

    private static String isolationVariable(TestDatabase db) {
        // MySQL 8 dropped tx_isolation, MariaDB 10.6 to 11.0 know nothing else
        return db.number("SELECT COUNT(*) FROM information_schema.session_variables"
                                        .replace("information_schema.session_variables", variables(db))
                                + " WHERE variable_name = 'transaction_isolation'")
                        > 0
                ? "transaction_isolation"
                : "tx_isolation";
    }

    private static String variables(TestDatabase db) {
        return db.text("SELECT VERSION()").contains("MariaDB")
                ? "information_schema.system_variables"
                : "performance_schema.session_variables";
    }
}

package io.orderwatch.stack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooKeeper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;

@ExtendWith(StackExtension.class)
class StackIT {

    @Test
    void each_server_answers_and_tells_its_version(Stack stack) {
        Map<String, String> versions = stack.versions();
        LoggerFactory.getLogger(StackIT.class).info("The servers' versions are {}.", versions);
        assertEquals(List.of("database", "redis", "zookeeper"), List.copyOf(versions.keySet()));
    }

    @Test
    void every_test_of_the_jvm_gets_the_same_stack(Stack one, Stack other) {
        assertSame(one, other);
    }

    /** A program that fails beside a stack would end without a word. */
    @Test
    void what_nobody_catches_is_not_handled_by_zookeeper(Stack stack) {
        LoggerFactory.getLogger(StackIT.class).info("ZooKeeper runs at {}.", stack.zookeeperConnect());
        assertFalse(String.valueOf(Thread.getDefaultUncaughtExceptionHandler()).startsWith("org.apache.zookeeper"));
    }

    @Test
    void a_new_schema_is_empty_and_unicode_and_its_own(Stack stack) throws SQLException {
        String schema = stack.newSchema("stack_it");
        String another = stack.newSchema("stack_it");
        assertNotEquals(schema, another);
        try (Connection connection = connect(stack, schema);
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE t (c VARCHAR(10))");
            try (ResultSet row = statement.executeQuery("SELECT table_collation FROM information_schema.tables"
                    + " WHERE table_schema = '" + schema + "'")) {
                assertTrue(row.next());
                assertEquals("utf8mb4_unicode_ci", row.getString(1));
                assertFalse(row.next());
            }
        }
        stack.dropSchema(schema);
        stack.dropSchema(another);
        assertThrows(SQLException.class, () -> connect(stack, schema));
    }

    @Test
    void a_commit_is_on_the_disk_before_it_is_acknowledged(Stack stack) throws SQLException {
        try (Connection connection = connect(stack, "");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT @@innodb_flush_log_at_trx_commit")) {
            row.next();
            assertEquals(1, row.getInt(1));
        }
    }

    @Test
    void zookeeper_grants_a_session_of_two_seconds(Stack stack) throws Exception {
        CountDownLatch connected = new CountDownLatch(1);
        try (ZooKeeper client = new ZooKeeper(stack.zookeeperConnect(), 2_000, event -> {
            if (event.getState() == KeeperState.SyncConnected) {
                connected.countDown();
            }
        })) {
            assertTrue(connected.await(10, TimeUnit.SECONDS));
            assertEquals(2_000, client.getSessionTimeout());
        }
    }

    private static Connection connect(Stack stack, String schema) throws SQLException {
        return DriverManager.getConnection(stack.jdbcUrl(schema), stack.user(), stack.password());
    }
}

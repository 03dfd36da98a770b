package io.orderwatch.node.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.orderwatch.job.UserLog;
import io.orderwatch.node.config.ConfigReader;
import io.orderwatch.node.config.NodeConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AsyncAppender;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NodeLogsTest {

    /** For a machine that is busy with something else. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Path LOG4J2 = Path.of("../conf/log4j2.xml");
    private static final Path CONF = Path.of("../conf/orderwatch.conf");

    @TempDir
    Path temp;

    private Path folder; // two levels down, so that what escapes from it is seen
    private NodeLogs logs;

    @BeforeEach
    void folder() throws IOException {
        folder = Files.createDirectories(temp.toRealPath().resolve("var/logs"));
    }

    @AfterEach
    void close() {
        if (logs != null) {
            logs.close();
        }
        System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith("orderwatch."))
                .forEach(System::clearProperty);
    }

    @Test
    void five_thousand_users_with_few_open_files_lose_no_line_of_a_burst() throws Exception {
        start(Map.of("log.user-files-open", "50"));
        UserLog userLog = new UserLog();
        Random random = new Random(1);
        Map<Integer, Integer> sent = new HashMap<>();
        int mostOpen = 0;
        AsyncAppender queue = ((LoggerContext) LogManager.getContext(false))
                .getConfiguration()
                .getAppender("user");
        for (int i = 0; i < 45_000; i++) {
            int user = random.nextInt(5_000);
            sent.merge(user, 1, Integer::sum);
            userLog.log(user, "Order {} was paid; merchant {} is told.", i, 7);
            if (i % 1000 == 0) {
                mostOpen = Math.max(mostOpen, openFiles());
                // as fast as they are written, and no faster
                while (queue.getQueueRemainingCapacity() < 2000) {
                    LockSupport.parkNanos(1_000_000);
                }
            }
        }
        logs.close();

        Map<Integer, Integer> written = new HashMap<>();
        try (Stream<Path> files = Files.list(folder.resolve("users"))) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                int user = Integer.parseInt(name.substring("user_".length(), name.length() - ".log".length()));
                written.put(user, Files.readAllLines(file).size());
            }
        }
        assertEquals(sent, written);
        assertTrue(mostOpen <= 51, "files of users open at a time: " + mostOpen);
    }

    @Test
    void an_id_that_is_no_number_never_becomes_a_path() throws Exception {
        start(Map.of());
        try (MDC.MDCCloseable ignored = MDC.putCloseable(UserLog.USER_ID, "../../escaped")) {
            LoggerFactory.getLogger("orderwatch.user").info("boo");
        }
        LoggerFactory.getLogger("orderwatch.user").info("nobody");
        logs.close();
        assertEquals(
                2, Files.readAllLines(folder.resolve("users/user_unknown.log")).size());
        try (Stream<Path> all = Files.walk(temp.toRealPath())) {
            assertEquals(
                    Set.of(folder.resolve("system.log"), folder.resolve("users/user_unknown.log")),
                    all.filter(Files::isRegularFile).collect(Collectors.toSet()));
        }
    }

    @Test
    void what_others_wrote_cannot_forge_a_line() throws Exception {
        start(Map.of());
        new UserLog().log(5, "Answer: {}", "ok\r\n2026-01-01 00:00:00.000Z node-1 Order 1 was delivered.");
        logs.close();
        assertEquals(1, Files.readAllLines(folder.resolve("users/user_5.log")).size());
    }

    @Test
    void system_log_names_the_node_and_honours_the_level() throws Exception {
        start(Map.of("log.level", "DEBUG"));
        LoggerFactory.getLogger("io.orderwatch.Something").debug("Seen {}", 1);
        LoggerFactory.getLogger("org.elsewhere.Library").info("Not seen");
        LoggerFactory.getLogger("org.elsewhere.Library").warn("Seen {}", 2);
        logs.close();
        List<String> lines = Files.readAllLines(folder.resolve("system.log"));
        assertEquals(2, lines.size(), lines.toString());
        assertTrue(
                lines.get(0)
                        .matches(
                                "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z node-7 DEBUG \\[.*] Something - Seen 1"),
                lines.get(0));
    }

    @Test
    void on_request_each_line_is_json() throws Exception {
        start(Map.of("log.json", "true"));
        LoggerFactory.getLogger("io.orderwatch.Something").warn("It broke", new IllegalStateException("why"));
        new UserLog().log(5, "Order {} was paid.", "\"12\"\n");
        logs.close();
        ObjectMapper json = new ObjectMapper();
        List<String> system = Files.readAllLines(folder.resolve("system.log"));
        assertEquals(1, system.size());
        JsonNode line = json.readTree(system.get(0));
        assertEquals("It broke", line.get("message").asText());
        assertEquals("node-7", line.get("service.node.name").asText());
        assertEquals("WARN", line.get("log.level").asText());
        List<String> user = Files.readAllLines(folder.resolve("users/user_5.log"));
        assertEquals(1, user.size());
        assertEquals(
                "Order \"12\"\n was paid.",
                json.readTree(user.get(0)).get("message").asText());
    }

    @Test
    void a_stalled_disk_blocks_nobody_and_what_was_lost_is_counted() throws Exception {
        start(Map.of());
        Files.createDirectories(folder.resolve("users"));
        Path stalled = folder.resolve("users/user_1.log");
        // opening a pipe that nobody reads waits, as a write to a disk that does not answer
        assertEquals(0, new ProcessBuilder("mkfifo", stalled.toString()).start().waitFor());
        Thread reader = new Thread(() -> read(stalled), "reader");
        reader.setDaemon(true);
        UserLog userLog = new UserLog();
        long lost;
        try {
            long begin = System.nanoTime();
            // the queue takes a good 32,000, and the file's thread up to half a megabyte before it first opens the file
            for (int i = 0; i < 100_000; i++) {
                userLog.log(1, "line {}", i);
            }
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
            assertTrue(logs.userLinesLost() > 20_000, "lost " + logs.userLinesLost());
            assertTrue(millis < 60_000, "took " + millis + " ms");

            LoggerFactory.getLogger("io.orderwatch.Something").info("The node's own log goes on.");
            Awaitility.await().atMost(PATIENCE).until(() -> Files.readString(folder.resolve("system.log"))
                    .contains("goes on"));
            lost = logs.userLinesLost();
        } finally {
            // whatever became of this: the log cannot be closed before its disk answers
            reader.start();
        }
        userLog.log(2, "after");
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> Files.exists(folder.resolve("users/user_2.log")) || logs.userLinesLost() > lost);
        logs.close();
        reader.join(PATIENCE.toMillis());
        assertFalse(reader.isAlive());
    }

    private static void read(Path pipe) {
        try (BufferedReader lines = Files.newBufferedReader(pipe)) {
            while (lines.readLine() != null) {
                Thread.onSpinWait();
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void start(Map<String, String> settings) throws Exception {
        Map<String, String> all = new HashMap<>(settings);
        all.put("node.id", "node-7");
        NodeConfig config = new ConfigReader(temp, Map.of(), "host").read(CONF, all);
        logs = NodeLogs.start(config, folder, LOG4J2, false);
    }

    private int openFiles() throws IOException {
        int open = 0;
        Path descriptors = Path.of("/proc/self/fd");
        if (!Files.isDirectory(descriptors)) {
            return 0; // not Linux: UserFilesTest looks at the same from within
        }
        try (Stream<Path> all = Files.list(descriptors)) {
            for (Path descriptor : all.toList()) {
                try {
                    open += Files.readSymbolicLink(descriptor).startsWith(folder.resolve("users")) ? 1 : 0;
                } catch (IOException e) {
                    continue; // closed meanwhile
                }
            }
        }
        return open;
    }
}

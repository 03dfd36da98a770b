package io.orderwatch.node.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFileRetentionTest {

    private static final Instant NOW = Instant.parse("2026-11-21T03:17:00Z");

    @TempDir
    Path logs;

    private final LogFileRetention retention() {
        return new LogFileRetention(logs, Duration.ofDays(7), () -> NOW);
    }

    @Test
    void removes_old_files_of_its_own_and_nothing_else() throws IOException {
        file("system.log", 30);
        file("system-2026-11-01.1.log.gz", 20);
        file("system-2026-11-20.1.log.gz", 1);
        file("node-1.out", 30);
        file("notes.txt", 30);
        file("users/user_1.log", 8);
        file("users/user_1.1.log", 9);
        file("users/user_2.log", 6);
        file("users/user_unknown.log", 8);
        file("users/of-somebody-else.log", 30);

        assertEquals(4, retention().run(() -> false));
        assertEquals(
                List.of(
                        "node-1.out",
                        "notes.txt",
                        "system-2026-11-20.1.log.gz",
                        "system.log",
                        "users/of-somebody-else.log",
                        "users/user_2.log"),
                files());
        assertEquals(0, retention().run(() -> false));
    }

    @Test
    void stops_between_files_when_the_node_stops() throws IOException {
        file("users/user_1.log", 8);
        assertEquals(0, retention().run(() -> true));
        assertEquals(List.of("users/user_1.log"), files());
    }

    @Test
    void a_node_that_never_logged_a_user_has_nothing_to_remove() {
        assertEquals(0, retention().run(() -> false));
    }

    private void file(String name, int daysOld) throws IOException {
        Path file = logs.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "x");
        Files.setLastModifiedTime(file, FileTime.from(NOW.minus(Duration.ofDays(daysOld))));
    }

    private List<String> files() throws IOException {
        try (Stream<Path> all = Files.walk(logs)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> logs.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }
}

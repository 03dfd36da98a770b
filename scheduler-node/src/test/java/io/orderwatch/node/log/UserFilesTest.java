package io.orderwatch.node.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UserFilesTest {

    @TempDir
    Path temp;

    private final AtomicLong nanos = new AtomicLong();
    private UserFiles files;

    @AfterEach
    void close() throws IOException {
        if (files != null) {
            files.close();
        }
    }

    @Test
    void many_users_and_few_open_files_lose_no_line() throws IOException {
        files = new UserFiles(temp.resolve("users"), 3, 1_000_000, 1, nanos::get);
        for (int round = 0; round < 4; round++) {
            for (int user = 0; user < 100; user++) {
                write(user, "round " + round);
                assertTrue(files.open() <= 3);
            }
        }
        for (int user = 0; user < 100; user++) {
            assertEquals(List.of("round 0", "round 1", "round 2", "round 3"), lines("user_" + user + ".log"));
        }
    }

    @Test
    void a_user_who_is_heard_of_all_the_time_stays_open() throws IOException {
        files = new UserFiles(temp.resolve("users"), 2, 1_000_000, 1, nanos::get);
        write(1, "a");
        Files.move(temp.resolve("users/user_1.log"), temp.resolve("users/moved"));
        for (int other = 2; other < 50; other++) {
            write(other, "x");
            write(1, "b");
        }
        assertEquals(49, lines("moved").size(), "the open file went on being used, under its new name");
    }

    @Test
    void a_file_that_would_grow_too_large_becomes_a_numbered_one() throws IOException {
        files = new UserFiles(temp.resolve("users"), 2, 20, 2, nanos::get);
        for (int i = 0; i < 8; i++) {
            write(7, "line number " + i); // 14 bytes with its end: one a file
        }
        assertEquals(List.of("line number 7"), lines("user_7.log"));
        assertEquals(List.of("line number 6"), lines("user_7.1.log"));
        assertEquals(List.of("line number 5"), lines("user_7.2.log"));
        assertEquals(3, count());
    }

    @Test
    void a_file_that_was_removed_while_it_rested_is_made_anew() throws IOException {
        files = new UserFiles(temp.resolve("users"), 2, 1_000_000, 1, nanos::get);
        write(7, "old");
        Files.delete(temp.resolve("users/user_7.log"));
        nanos.addAndGet(Duration.ofSeconds(61).toNanos());
        write(7, "new");
        assertEquals(List.of("new"), lines("user_7.log"));
    }

    @Test
    void a_write_that_fails_does_not_spoil_the_next_one() throws IOException {
        files = new UserFiles(temp.resolve("users"), 2, 1_000_000, 1, nanos::get);
        Files.createDirectories(temp.resolve("users/user_7.log"));
        assertThrows(IOException.class, () -> write(7, "lost"));
        Files.delete(temp.resolve("users/user_7.log"));
        write(7, "kept");
        assertEquals(List.of("kept"), lines("user_7.log"));
    }

    @Test
    void an_interrupted_thread_writes_all_the_same() throws IOException {
        files = new UserFiles(temp.resolve("users"), 2, 1_000_000, 1, nanos::get);
        Thread.currentThread().interrupt();
        try {
            write(7, "one");
            write(7, "two");
        } finally {
            assertTrue(Thread.interrupted());
        }
        assertEquals(List.of("one", "two"), lines("user_7.log"));
    }

    @Test
    void only_numbers_become_part_of_a_path() {
        assertEquals("42", UserFiles.safe("42"));
        assertEquals("-42", UserFiles.safe("-42"));
        assertEquals("9223372036854775807", UserFiles.safe(Long.toString(Long.MAX_VALUE)));
        for (String evil : List.of(
                "",
                "../../etc/passwd",
                "1/../2",
                "1\n",
                "1\0",
                "٣",
                "1e3",
                "--1",
                "12345678901234567890",
                "a",
                ".",
                "$1")) {
            assertEquals(UserFiles.NOBODY, UserFiles.safe(evil), evil);
        }
        assertFalse(UserFiles.NOBODY.matches(".*\\d.*"), "is nobody's id");
    }

    private void write(int user, String line) throws IOException {
        files.write(UserFiles.safe(Integer.toString(user)), (line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private List<String> lines(String file) throws IOException {
        return Files.readAllLines(temp.resolve("users").resolve(file));
    }

    private long count() throws IOException {
        try (Stream<Path> all = Files.list(temp.resolve("users"))) {
            return all.count();
        }
    }
}

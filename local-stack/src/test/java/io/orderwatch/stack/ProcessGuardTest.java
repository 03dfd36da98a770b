package io.orderwatch.stack;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessGuardTest {

    private static final List<String> SLEEP = List.of("/bin/sleep", "300");

    @Test
    void closing_ends_what_was_launched_and_deletes_the_folder(@TempDir Path folder) throws Exception {
        Path leftOver = Files.createDirectories(folder.resolve("left over"));
        Process sleeper;
        try (ProcessGuard guard = ProcessGuard.start(leftOver)) {
            sleeper = guard.launch(SLEEP, folder, Redirect.DISCARD);
            assertTrue(sleeper.isAlive());
        }
        assertTrue(sleeper.waitFor(10, TimeUnit.SECONDS));
        assertFalse(Files.exists(leftOver));
    }

    @Test
    void what_was_launched_dies_with_a_jvm_that_is_killed(@TempDir Path folder) throws Exception {
        Process jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Launcher.class.getName(),
                        folder.toString())
                .redirectError(Redirect.INHERIT)
                .start();
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(jvm.getInputStream(), StandardCharsets.UTF_8))) {
            ProcessHandle sleeper =
                    ProcessHandle.of(Long.parseLong(output.readLine())).orElseThrow();
            assertTrue(sleeper.isAlive());
            jvm.destroyForcibly();
            sleeper.onExit().get(10, TimeUnit.SECONDS);
        } finally {
            jvm.destroyForcibly();
        }
    }

    /** The main class of the JVM that is killed. */
    static final class Launcher {

        private Launcher() {}

        public static void main(String[] arguments) throws IOException, InterruptedException {
            ProcessGuard guard = ProcessGuard.start(null);
            System.out.println(
                    guard.launch(SLEEP, Path.of(arguments[0]), Redirect.DISCARD).pid());
            TimeUnit.MINUTES.sleep(5);
        }
    }
}

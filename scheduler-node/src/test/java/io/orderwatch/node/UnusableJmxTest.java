package io.orderwatch.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real node process; it ends before it asks for any server. */
class UnusableJmxTest {

    private static final int CONFIG = 78;

    @TempDir
    private Path home;

    @Test
    void a_password_file_that_others_can_read_ends_the_node_with_78_and_one_sentence() throws Exception {
        Path passwords = Files.writeString(home.resolve("passwords"), "boss secret\n");
        Files.setPosixFilePermissions(passwords, PosixFilePermissions.fromString("rw-r--r--"));
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        expect(
                "jmx.port = " + port + "\njmx.password-file = \"" + passwords + "\"\n",
                "The JMX password file " + passwords
                        + " can be read or written by others than its owner; chmod 600 it.");
    }

    @Test
    void a_port_that_is_taken_does_too() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            expect("jmx.port = " + port + "\n", "JMX cannot listen on 127.0.0.1:" + port + ": Address already in use.");
        }
    }

    private void expect(String settings, String sentence) throws IOException, InterruptedException {
        Path conf = Files.createDirectories(home.resolve("conf"));
        Files.copy(Path.of("../conf/log4j2.xml"), conf.resolve("log4j2.xml"));
        Files.writeString(
                conf.resolve("orderwatch.conf"),
                Files.readString(Path.of("../conf/orderwatch.conf"))
                        + "\nnode.id = node-1\nmysql.url = \"jdbc:mysql://127.0.0.1:1/none\"\n"
                        + "redis.uri = \"redis://127.0.0.1:1\"\nzookeeper.connect = \"127.0.0.1:1\"\n"
                        + settings);
        Path output = home.resolve("output");
        Process node = new ProcessBuilder(command())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertTrue(node.waitFor(60, TimeUnit.SECONDS), () -> "It still runs: " + text(output));
            assertEquals(CONFIG, node.exitValue(), () -> text(output));
            assertEquals(sentence, text(output).strip());
        } finally {
            node.destroyForcibly();
        }
    }

    private List<String> command() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add("-Dorderwatch.home=" + home);
        command.add(Main.class.getName());
        command.add("run");
        return command;
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}

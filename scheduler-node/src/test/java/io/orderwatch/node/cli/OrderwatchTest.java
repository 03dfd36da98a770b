package io.orderwatch.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OrderwatchTest {

    @TempDir
    Path home;

    private CommandLineHarness command;

    @BeforeEach
    void home() throws IOException {
        command = new CommandLineHarness(home);
    }

    @ParameterizedTest
    @ValueSource(strings = {"run", "start", "stop", "drain", "check", "migrate"})
    void every_command_tells_all_problems_of_the_configuration_and_ends_with_78(String name) throws IOException {
        Path wrong = Files.writeString(home.resolve("wrong.conf"), "mysql.pool-size = many\ncolour = red\n");
        command.environment.put("ORDERWATCH_SCAN_BATCH", "0");

        assertEquals(78, command.run(name, "--conf", wrong.toString()));
        List<String> problems = command.err().lines().toList();
        assertEquals(6, problems.size(), command.err());
        for (String expected : List.of(
                "mysql.url is missing",
                "redis.uri is missing",
                "zookeeper.connect is missing",
                "mysql.pool-size in " + wrong + ", line 1, is \"many\"",
                "colour in " + wrong + ", line 2, is not a setting",
                "scan.batch in the environment variable ORDERWATCH_SCAN_BATCH is \"0\"")) {
            assertEquals(
                    1,
                    problems.stream().filter(line -> line.startsWith(expected)).count(),
                    expected + " in " + command.err());
        }
        assertEquals("", command.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"run", "start", "stop", "drain", "check", "migrate", "alert-test"})
    void every_command_explains_itself(String name) {
        assertEquals(0, command.run(name, "--help"));
        assertTrue(command.out().contains("--conf"), command.out());
    }

    @Test
    void wrong_use_ends_with_64_and_one_sentence() {
        assertEquals(64, command.run("check", "--colour"));
        assertEquals(
                List.of("Unknown option: '--colour'", "Try orderwatch check --help"),
                command.err().lines().toList());
        assertEquals(64, command.run());
        assertEquals("A command is missing.", command.err().lines().findFirst().orElse(""));
    }

    @Test
    void an_unknown_log_level_is_a_problem_of_the_configuration() {
        assertEquals(78, command.run("check", "--log-level", "loud"));
        assertTrue(
                command.err().startsWith("log.level in the command line is \"LOUD\": expected TRACE"), command.err());
    }

    @Test
    void servers_that_are_away_are_named_with_their_addresses_and_end_with_69() throws IOException {
        int port = closedPort();
        command.environment.put("ORDERWATCH_MYSQL_URL", "jdbc:mysql://127.0.0.1:" + port + "/orderwatch");
        command.environment.put("ORDERWATCH_REDIS_URI", "redis://127.0.0.1:" + port);
        command.environment.put("ORDERWATCH_ZOOKEEPER_CONNECT", "127.0.0.1:" + port);

        assertEquals(69, command.run("check"));
        List<String> lines = command.out().lines().toList();
        assertEquals(4, lines.size(), command.out());
        for (int i = 0; i < 3; i++) {
            String name = List.of("MySQL", "Redis", "ZooKeeper").get(i);
            assertTrue(lines.get(i + 1).startsWith(name), lines.get(i + 1));
            assertTrue(lines.get(i + 1).contains("127.0.0.1:" + port), lines.get(i + 1));
            assertTrue(lines.get(i + 1).contains("cannot be reached: "), lines.get(i + 1));
        }

        assertEquals(69, command.run("migrate"));
        assertEquals(
                List.of("MySQL at 127.0.0.1:" + port + "/orderwatch cannot be reached: Connection refused."),
                command.err().lines().toList());
    }

    @Test
    void stopping_a_node_that_does_not_run_is_no_mistake_and_draining_it_is() {
        assertEquals(0, command.run("stop", "--node-id", "node-3"));
        assertEquals("node-3 is not running.", command.out().strip());
        assertEquals(69, command.run("drain", "--node-id", "node-3"));
        assertEquals("node-3 is not running on this host.", command.err().strip());
    }

    @ParameterizedTest
    @ValueSource(strings = {"run", "start", "status"})
    void jmx_that_lets_anybody_in_is_refused_with_78(String name) {
        command.environment.put("ORDERWATCH_JMX_HOST", "0.0.0.0");
        command.environment.put("ORDERWATCH_JMX_PORT", "9010");
        assertEquals(78, command.run(name));
        assertTrue(command.err().startsWith("jmx.host is 0.0.0.0, which other machines can reach"), command.err());
    }

    @Test
    void alert_test_says_of_each_channel_what_happened_and_shows_no_token() throws IOException {
        assertEquals(66, command.run("alert-test"));
        assertTrue(command.err().startsWith("No channel of alerts is set in"), command.err());

        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 5);
        server.createContext("/", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            boolean mine = new String(body, StandardCharsets.UTF_8).contains("@test-host");
            // a service that shows the address in its answers
            byte[] answer = exchange.getRequestURI().toString().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(mine ? 200 : 400, answer.length);
            try (exchange) {
                exchange.getResponseBody().write(answer);
            }
        });
        server.start();
        try {
            String address = "http://127.0.0.1:" + server.getAddress().getPort();
            command.environment.put("ORDERWATCH_ALERTS_WEBHOOK_URL", address + "/hook/open-sesame");
            assertEquals(0, command.run("alert-test"));
            assertTrue(command.out().matches("webhook   sent after \\d+ ms: HTTP 200\\R"), command.out());

            command.environment.put("ORDERWATCH_ALERTS_TELEGRAM_API", address);
            command.environment.put("ORDERWATCH_ALERTS_TELEGRAM_TOKEN", "1:open-sesame");
            command.environment.put("ORDERWATCH_ALERTS_TELEGRAM_CHAT", "-100");
            assertEquals(1, command.run("alert-test"));
            assertTrue(
                    command.out()
                            .matches(
                                    "telegram  not sent after \\d+ ms: Telegram answered HTTP 200 /bot\\*\\*\\*/sendMessage\\R"
                                            + "webhook   sent after .*\\R"),
                    command.out());
            assertFalse(command.out().contains("sesame"), command.out());
        } finally {
            server.stop(0);
        }
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Test
    void retry_preview_prints_when_each_try_is_made() {
        assertEquals(0, command.run("retry-preview", "--delays", "5s,30s,5m", "--at", "2026-01-01T12:00:00Z"));
        List<String> lines = command.out()
                .lines()
                .map(line -> line.strip().replaceAll(" +", " "))
                .toList();
        assertEquals(
                List.of(
                        "try after a wait of since the first at",
                        "1 - - 2026-01-01T12:00:00Z",
                        "2 5s 5s 2026-01-01T12:00:05Z",
                        "3 30s 35s 2026-01-01T12:00:35Z",
                        "4 5m 5m 35s 2026-01-01T12:05:35Z",
                        "Then it is DEAD: bin/orderwatch retry-dead has it tried again."),
                lines);
        assertEquals(0, command.run("retry-preview", "--preset", "wechatpay"), command.err());
        assertTrue(command.out().contains("1d 4m"), command.out());
        assertEquals(64, command.run("retry-preview", "--preset", "paypal"), command.out());
        assertEquals(64, command.run("retry-preview", "--delays", "soon"), command.out());
        assertEquals(64, command.run("retry-preview"), command.out());
    }

    @Test
    void retry_dead_wants_to_hear_which() {
        assertEquals(64, command.run("retry-dead"), command.out());
        assertTrue(command.err().contains("--merchant"), command.err());
    }
}

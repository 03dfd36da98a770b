package io.orderwatch.node.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigReaderTest {

    private static final Path SHIPPED = Path.of("../conf/orderwatch.conf");
    private static final String ADDRESSES = """
            mysql.url = "jdbc:mysql://127.0.0.1:3306/orderwatch"
            redis.uri = "redis://127.0.0.1:6379"
            zookeeper.connect = "127.0.0.1:2181"
            """;

    @TempDir
    Path home;

    @Test
    void every_default() throws Exception {
        NodeConfig config = read(ADDRESSES);

        assertEquals(new NodeConfig.Cluster("orderwatch"), config.cluster());
        assertEquals(
                new NodeConfig.Identity("my-host-example", home.resolve("logs"), home.resolve("run")), config.node());
        assertEquals(
                new NodeConfig.Mysql(
                        "jdbc:mysql://127.0.0.1:3306/orderwatch",
                        new Address("127.0.0.1", 3306),
                        "orderwatch",
                        "orderwatch",
                        Secret.NONE,
                        16),
                config.mysql());
        assertEquals(
                new NodeConfig.Redis(URI.create("redis://127.0.0.1:6379"), new Address("127.0.0.1", 6379), Secret.NONE),
                config.redis());
        assertEquals(
                new NodeConfig.ZooKeeper(
                        "127.0.0.1:2181",
                        List.of(new Address("127.0.0.1", 2181)),
                        null,
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(2)),
                config.zookeeper());
        assertEquals(
                new NodeConfig.Lease(
                        Duration.ofMillis(2500), Duration.ofSeconds(1), Duration.ofMillis(300), Duration.ofSeconds(10)),
                config.lease());
        assertEquals(new NodeConfig.Schema(false, 64), config.schema());
        assertEquals(new NodeConfig.Orders(Duration.ofMinutes(30), 65_536), config.orders());
        assertEquals(new NodeConfig.Scan(1000), config.scan());
        assertEquals(
                new NodeConfig.Delivery(
                        2_000,
                        4,
                        Duration.ofSeconds(3),
                        10,
                        20_000,
                        2_000,
                        Duration.ofSeconds(3),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(5),
                        65_536,
                        List.of()),
                config.delivery());
        assertEquals(
                new NodeConfig.Breaker(
                        5,
                        Duration.ofMinutes(1),
                        20,
                        50,
                        Duration.ofSeconds(8),
                        80,
                        Duration.ofMinutes(5),
                        Duration.ofMinutes(1),
                        Duration.ofDays(7),
                        Duration.ofSeconds(30),
                        Duration.ofMillis(500),
                        Duration.ofMinutes(1)),
                config.breaker());
        assertEquals(
                new NodeConfig.Retention(
                        Duration.ofDays(7),
                        Duration.ofDays(7),
                        Duration.ofDays(30),
                        Duration.ofDays(90),
                        Duration.ofDays(90),
                        Duration.ofDays(90),
                        Duration.ofDays(365),
                        Duration.ofDays(90),
                        Duration.ofDays(1),
                        Duration.ofDays(7),
                        Duration.ofDays(90),
                        Duration.ofDays(90),
                        Duration.ofDays(7),
                        1000),
                config.retention());
        assertEquals(new NodeConfig.Jmx("127.0.0.1", 0, null, null), config.jmx());
        assertFalse(config.jmx().enabled());
        assertEquals(new RabbitMqConfig("", "", Secret.NONE), config.rabbitmq());
        assertEquals(new KafkaConfig("", null), config.kafka());
        assertEquals(new WebSocketConfig(Duration.ofMinutes(1), 1000), config.websocket());
        assertEquals(everyDefaultOfAlerts(), config.alerts());
        assertEquals(new MailConfig("", 587, "starttls", "", Secret.NONE, "", Duration.ofSeconds(10)), config.mail());
        assertEquals(new SmsConfig(Secret.NONE, Secret.NONE, "{\"to\": \"{to}\", \"text\": \"{text}\"}"), config.sms());
        assertEquals(new NodeConfig.Log("INFO", false, 1000), config.log());
        assertEquals(new NodeConfig.Clocks(Duration.ofSeconds(1)), config.clock());
    }

    private static AlertConfig everyDefaultOfAlerts() {
        Duration window = Duration.ofMinutes(5);
        return new AlertConfig(
                "en",
                ZoneId.of("UTC"),
                Duration.ofHours(1),
                Duration.ofHours(1),
                Duration.ofSeconds(10),
                true,
                true,
                new AlertConfig.Queue(true, 1000, Duration.ofSeconds(30)),
                new AlertConfig.Rate(true, 95, window, 100),
                new AlertConfig.AnswerTime(true, Duration.ofSeconds(10), window, 100),
                new AlertConfig.Rate(true, 5, window, 100),
                new AlertConfig.NodeLost(true, Duration.ofDays(1)),
                new AlertConfig.Telegram(URI.create("https://api.telegram.org"), Secret.NONE, ""),
                new AlertConfig.Wecom(URI.create("https://qyapi.weixin.qq.com/cgi-bin/webhook/send"), Secret.NONE),
                new AlertConfig.Webhook(Secret.NONE, Secret.NONE),
                "",
                "");
    }

    @Test
    void shipped_file_names_every_key_with_its_default() throws Exception {
        assertEquals(read(ADDRESSES), reader(Map.of()).read(SHIPPED, Map.of()));

        Set<String> documented = new TreeSet<>();
        ConfigFactory.parseFile(SHIPPED.toFile()).entrySet().forEach(entry -> documented.add(entry.getKey()));
        assertTrue(Files.readString(SHIPPED).contains("# id = node-1"), "node.id has no fixed default");
        documented.add("node.id");
        assertEquals(new TreeSet<>(knownKeys()), documented);
    }

    @Test
    void every_key_can_be_set_in_the_file_and_by_an_environment_variable() throws Exception {
        Map<String, String> changed = new LinkedHashMap<>();
        changed.put("cluster.name", "blue");
        changed.put("node.id", "node-7");
        changed.put("node.logs", "/var/log/orderwatch");
        changed.put("node.run", "elsewhere/run");
        changed.put("mysql.url", "jdbc:mysql://db.example:3307/orders?sslMode=REQUIRED");
        changed.put("mysql.user", "watcher");
        changed.put("mysql.password", "007");
        changed.put("mysql.pool-size", "33");
        changed.put("redis.uri", "rediss://cache.example/3");
        changed.put("redis.password", "hush");
        changed.put("zookeeper.connect", "zk1:2182,zk2,[::1]:2183/apps/watch");
        changed.put("zookeeper.session-timeout", "6 s");
        changed.put("zookeeper.connection-timeout", "7 s");
        changed.put("lease.duration", "8 s");
        changed.put("lease.renew-every", "900 ms");
        changed.put("lease.margin", "0.4 s");
        changed.put("lease.acknowledge-within", "11 s");
        changed.put("schema.migrate", "true");
        changed.put("schema.shards", "1024");
        changed.put("orders.payment-window", "2 h");
        changed.put("orders.max-attributes-bytes", "1 MiB");
        changed.put("scan.batch", "500");
        changed.put("delivery.max-in-flight", "201");
        changed.put("delivery.first-in-flight", "5");
        changed.put("delivery.slow-after", "4 s");
        changed.put("delivery.slow-share", "20");
        changed.put("breaker.failures-in-row", "6");
        changed.put("breaker.window", "2 m");
        changed.put("breaker.least-calls", "21");
        changed.put("breaker.failure-rate", "51");
        changed.put("breaker.slow-call", "9 s");
        changed.put("breaker.slow-call-rate", "81");
        changed.put("breaker.open-for", "6 m");
        changed.put("breaker.hold-back", "2 m");
        changed.put("breaker.give-up-after", "8 d");
        changed.put("breaker.ramp-up", "31 s");
        changed.put("breaker.report-every", "600 ms");
        changed.put("breaker.reset-cool-down", "2 m");
        changed.put("delivery.queue", "20001");
        changed.put("delivery.queue-per-merchant", "2001");
        changed.put("delivery.connect-timeout", "4 s");
        changed.put("delivery.total-deadline", "9 s");
        changed.put("delivery.lease-margin", "6 s");
        changed.put("delivery.max-answer-bytes", "2048");
        changed.put("delivery.allowed-addresses", "10.1.0.0/16, ::1");
        changed.put("retention.order-status-logs", "8 d");
        changed.put("retention.notification-attempts", "9 d");
        changed.put("retention.notifications", "31 d");
        changed.put("retention.dead-notifications", "91 d");
        changed.put("retention.status-changes", "92 d");
        changed.put("retention.shard-epochs", "93 d");
        changed.put("retention.audit-log", "94 d");
        changed.put("retention.alerts", "95 d");
        changed.put("retention.delivery-minutes", "36 h");
        changed.put("retention.job-runs", "96 d");
        changed.put("retention.breaker-changes", "98 d");
        changed.put("retention.set-aside", "97 d");
        changed.put("retention.log-files", "36 h");
        changed.put("retention.batch", "1001");
        changed.put("jmx.host", "0.0.0.0");
        changed.put("jmx.port", "9010");
        changed.put("jmx.password-file", "conf/jmx.password");
        changed.put("jmx.access-file", "/etc/orderwatch/jmx.access");
        changed.put("rabbitmq.uri", "amqps://rabbit.example:5671/shop");
        changed.put("rabbitmq.user", "watch");
        changed.put("rabbitmq.password", "r");
        changed.put("kafka.servers", "k1:9092, [::1]:9093");
        changed.put("kafka.properties-file", "conf/kafka.properties");
        changed.put("websocket.idle", "2 m");
        changed.put("websocket.max-connections", "10");
        changed.put("alerts.language", "zh");
        changed.put("alerts.time-zone", "Asia/Shanghai");
        changed.put("alerts.repeat-every", "2 h");
        changed.put("alerts.give-up-after", "3 h");
        changed.put("alerts.timeout", "5 s");
        changed.put("alerts.breaker-opened.enabled", "false");
        changed.put("alerts.slow-merchant.enabled", "false");
        changed.put("alerts.queue.enabled", "false");
        changed.put("alerts.queue.above", "2000");
        changed.put("alerts.queue.lasting", "0 s");
        changed.put("alerts.success-rate.enabled", "false");
        changed.put("alerts.success-rate.below-percent", "99.5");
        changed.put("alerts.success-rate.window", "10 m");
        changed.put("alerts.success-rate.min-count", "1");
        changed.put("alerts.answer-time.enabled", "false");
        changed.put("alerts.answer-time.above", "2 s");
        changed.put("alerts.answer-time.window", "10 m");
        changed.put("alerts.answer-time.min-count", "2");
        changed.put("alerts.error-rate.enabled", "false");
        changed.put("alerts.error-rate.above-percent", "1");
        changed.put("alerts.error-rate.window", "10 m");
        changed.put("alerts.error-rate.min-count", "3");
        changed.put("alerts.node-lost.enabled", "false");
        changed.put("alerts.node-lost.forget-after", "2 d");
        changed.put("alerts.telegram.api", "https://telegram.example");
        changed.put("alerts.telegram.token", "123:abc");
        changed.put("alerts.telegram.chat", "-100");
        changed.put("alerts.wecom.api", "https://wecom.example/send");
        changed.put("alerts.wecom.key", "693a");
        changed.put("alerts.webhook.url", "https://hook.example/x");
        changed.put("alerts.webhook.authorization", "Bearer y");
        changed.put("alerts.mail.to", "ops@example.com");
        changed.put("alerts.sms.to", "+4912345, +4967890");
        changed.put("mail.host", "smtp.example");
        changed.put("mail.port", "465");
        changed.put("mail.security", "tls");
        changed.put("mail.user", "watch");
        changed.put("mail.password", "z");
        changed.put("mail.from", "watch@example.com");
        changed.put("mail.timeout", "11 s");
        changed.put("sms.url", "https://sms.example/send");
        changed.put("sms.authorization", "Basic q");
        changed.put("sms.body", "{to} {text}");
        changed.put("log.level", "DEBUG");
        changed.put("log.json", "true");
        changed.put("log.user-files-open", "10");
        changed.put("clock.max-difference", "250 ms");
        assertEquals(knownKeys(), changed.keySet());

        StringBuilder text = new StringBuilder();
        Map<String, String> environment = new LinkedHashMap<>();
        changed.forEach((key, value) -> {
            text.append(key).append(" = \"").append(value).append("\"\n");
            environment.put(Settings.variable(key), value);
        });
        assertEquals(changed.size(), environment.size(), "each key has a variable of its own");

        NodeConfig fromFile = read(text.toString());
        assertEquals(fromFile, reader(environment).read(file(""), Map.of()));
        assertEquals(
                fromFile, reader(environment).read(SHIPPED, Map.of()), "the environment is stronger than the file");
        assertEquals(Path.of("/var/log/orderwatch"), fromFile.node().logs());
        assertEquals(home.resolve("elsewhere/run"), fromFile.node().run());
        assertEquals(
                List.of(new Address("zk1", 2182), new Address("zk2", 2181), new Address("::1", 2183)),
                fromFile.zookeeper().servers());
        assertEquals("[::1]:2183", fromFile.zookeeper().servers().get(2).toString());
        assertEquals("/apps/watch", fromFile.zookeeper().chroot());
        assertEquals(new Address("cache.example", 6379), fromFile.redis().server());
        assertTrue(fromFile.redis().tls());
        assertEquals(home.resolve("conf/jmx.password"), fromFile.jmx().passwordFile());
        assertEquals(Path.of("/etc/orderwatch/jmx.access"), fromFile.jmx().accessFile());
        assertEquals("007", fromFile.mysql().password().value());
        assertEquals("orders", fromFile.mysql().schema());
        assertEquals(Duration.ofMillis(400), fromFile.lease().margin());
        assertEquals(2048, fromFile.delivery().maxAnswerBytes());
        assertEquals(List.of("10.1.0.0/16", "::1"), fromFile.delivery().allowedAddresses());

        // each key reaches a place of its own in the records: changing it alone changes what is read
        Map<String, Map<String, String>> with = Map.of(
                "alerts.telegram.token", Map.of("alerts.telegram.chat", "-100"),
                "alerts.telegram.chat", Map.of("alerts.telegram.token", "123:abc"),
                "alerts.mail.to", Map.of("mail.host", "smtp.example", "mail.from", "watch@example.com"),
                "mail.host", Map.of("mail.from", "watch@example.com"),
                "alerts.sms.to", Map.of("sms.url", "https://sms.example/send"));
        for (String key : changed.keySet()) {
            NodeConfig defaults = read(ADDRESSES);
            Map<String, String> given = new LinkedHashMap<>(with.getOrDefault(key, Map.of()));
            given.put(key, changed.get(key));
            NodeConfig one = reader(Map.of()).read(file(ADDRESSES), given);
            assertNotEquals(defaults, one, key);
        }
    }

    @Test
    void all_problems_are_told_at_once() {
        List<String> problems = problems(
                Map.of("ORDERWATCH_SCAN_BATCH", "0", "ORDERWATCH_MYSQL_PASWORD", "x", "ORDERWATCH_JAVA_OPTS", "-Xmx1g"),
                """
                mysql {
                  url = "jdbc:oracle:thin:@db"
                  pool-size = many
                  pasword = secret
                }
                redis { uri = "redis://:hush@cache" }
                lease.duration = 2500
                schema = 64
                delivery { queue { size = 3 }, max-in-flight = [1, 2] }
                log { level = LOUD, json = yes }
                node.id = cluster
                colour = red
                """);

        assertEquals(
                List.of(
                        "node.id in FILE, line 11, is \"cluster\": expected up to 63 lower case letters, digits and dashes,"
                                + " not starting with a dash, and not the reserved word cluster.",
                        "mysql.url in FILE, line 2, is \"jdbc:oracle:thin:@db\": expected jdbc:mysql://HOST:PORT/SCHEMA"
                                + " (for MariaDB too), without user and password.",
                        "mysql.pool-size in FILE, line 3, is \"many\": expected a whole number from 2 to 500.",
                        "redis.uri in FILE, line 6, is \"redis://***@cache\": expected redis://HOST:PORT or"
                                + " rediss://HOST:PORT, with /DATABASE if it is not 0, without a password.",
                        "zookeeper.connect is missing in FILE: expected HOST:PORT,HOST:PORT,... with a /PATH behind it if"
                                + " it is not the root.",
                        "lease.duration in FILE, line 7, is \"2500\": expected a time with its unit (ms, s, m, h, d) such as"
                                + " 2.5 s, from 500 ms to 5 m.",
                        "scan.batch in the environment variable ORDERWATCH_SCAN_BATCH is \"0\": expected a whole number from"
                                + " 1 to 20000.",
                        "delivery.max-in-flight in FILE, line 9, is a list: expected a whole number from 1 to 20000.",
                        "delivery.queue in FILE, line 9, is a section: expected a whole number from 1 to 1000000.",
                        "log.level in FILE, line 10, is \"LOUD\": expected TRACE, DEBUG, INFO, WARN or ERROR.",
                        "log.json in FILE, line 10, is \"yes\": expected true or false.",
                        "mysql.pasword in FILE, line 4, is not a setting; did you mean mysql.password?",
                        "schema in FILE, line 8, is a single value: expected a section { ... } with migrate, shards.",
                        "colour in FILE, line 12, is not a setting.",
                        "The environment variable ORDERWATCH_MYSQL_PASWORD sets nothing; did you mean"
                                + " ORDERWATCH_MYSQL_PASSWORD?"),
                problems);
    }

    @Test
    void settings_that_do_not_go_together_are_refused() {
        assertEquals(
                List.of(
                        "lease.duration is 2 s: expected at least twice lease.renew-every and lease.margin together, which"
                                + " is 2300 ms, so that one renewal may fail.",
                        "delivery.queue-per-merchant is 2000: expected at most delivery.queue, which is 100.",
                        "delivery.connect-timeout is 3 s: expected at most delivery.total-deadline, which is 1 s."),
                problems(Map.of(), ADDRESSES + "lease.duration = 2 s\ndelivery { queue = 100, total-deadline = 1 s }"));
    }

    @Test
    void jmx_that_other_machines_reach_needs_to_know_whom_to_let_in() throws Exception {
        String refused = "which other machines can reach: expected jmx.password-file and jmx.access-file with it, since"
                + " whoever comes in can stop all jobs of the cluster.";
        for (String host : List.of("0.0.0.0", "192.0.2.7", "node.example", "::", "127.evil.example")) {
            String jmx = ADDRESSES + "jmx { host = \"" + host + "\", port = 9010 }\n";
            assertEquals(List.of("jmx.host is " + host + ", " + refused), problems(Map.of(), jmx));
            assertEquals(1, problems(Map.of(), jmx + "jmx.password-file = p").size(), "and what each of them may do");
            assertEquals(
                    host,
                    read(jmx + "jmx { password-file = p, access-file = a }")
                            .jmx()
                            .host());
        }
        for (String host : List.of("127.0.0.1", "127.1.2.3", "::1", "localhost")) {
            assertEquals(
                    host,
                    read(ADDRESSES + "jmx { host = \"" + host + "\", port = 9010 }")
                            .jmx()
                            .host());
        }
        assertEquals("0.0.0.0", read(ADDRESSES + "jmx.host = \"0.0.0.0\"").jmx().host(), "off, so it listens nowhere");
    }

    @Test
    void channels_of_alerts_need_what_they_send_through() {
        assertEquals(
                List.of(
                        "alerts.telegram.token and alerts.telegram.chat: expected both or none.",
                        "mail.from is empty: expected the sender's address with mail.host.",
                        "alerts.sms.to is +4912345: expected sms.url with it."),
                problems(
                        Map.of("ORDERWATCH_ALERTS_TELEGRAM_TOKEN", "123:abc"),
                        ADDRESSES
                                + "mail.host = smtp.example\nalerts { mail.to = \"a@b.example\", sms.to = \"+4912345\" }"));
        assertEquals(
                List.of("alerts.mail.to is a@b.example: expected mail.host with it."),
                problems(Map.of(), ADDRESSES + "alerts.mail.to = \"a@b.example\""));
    }

    @Test
    void what_may_hold_a_token_is_not_shown_when_it_is_wrong() {
        List<String> problems = problems(
                Map.of(
                        "ORDERWATCH_ALERTS_WEBHOOK_URL", "ftp://hook.example/open-sesame",
                        "ORDERWATCH_SMS_URL", "open-sesame",
                        "ORDERWATCH_ALERTS_TELEGRAM_TOKEN", "open sesame",
                        "ORDERWATCH_ALERTS_WEBHOOK_AUTHORIZATION", "open\r\nsesame"),
                ADDRESSES);
        assertEquals(4, problems.size(), problems.toString());
        assertFalse(problems.toString().contains("sesame"), problems.toString());
    }

    @Test
    void a_file_that_is_no_hocon_is_one_sentence_with_its_line() {
        List<String> problems = problems(Map.of(), "mysql {\n  user = \"open\n}");
        assertEquals(1, problems.size());
        assertTrue(
                problems.get(0).matches("The configuration file FILE, line 2, cannot be read: .*\\."),
                problems.toString());
        assertEquals(1, problems(Map.of(), "mysql.user = ${nobody}").size());
    }

    @Test
    void a_file_that_does_not_exist_is_one_sentence() {
        Path missing = home.resolve("missing.conf");
        InvalidConfigException e = assertThrows(
                InvalidConfigException.class, () -> reader(Map.of()).read(missing, Map.of()));
        assertEquals(List.of("The configuration file " + missing + " does not exist."), e.problems());
    }

    @Test
    void passwords_never_show_themselves() throws Exception {
        NodeConfig config = reader(
                        Map.of("ORDERWATCH_MYSQL_PASSWORD", "open-sesame", "ORDERWATCH_REDIS_PASSWORD", "sim-sim"))
                .read(file(ADDRESSES), Map.of());
        assertFalse(config.toString().contains("sesame"));
        assertFalse(config.toString().contains("sim-sim"));
        assertEquals("open-sesame", config.mysql().password().value());
    }

    @Test
    void a_password_in_an_address_is_refused_and_not_shown() {
        List<String> problems = problems(
                Map.of(), ADDRESSES + "mysql.url = \"jdbc:mysql://db/orders?useSSL=true&password=open-sesame&x=1\"");
        assertEquals(1, problems.size());
        assertTrue(problems.get(0).contains("password=***&x=1"), problems.get(0));
    }

    @Test
    void host_names_are_made_to_fit() {
        assertEquals("my-host-example", ConfigReader.nodeId("My_Host.example"));
        assertEquals("node-cluster", ConfigReader.nodeId("cluster"));
        assertEquals("node", ConfigReader.nodeId("--"));
        assertEquals("a".repeat(63), ConfigReader.nodeId("a".repeat(80)));
    }

    private Set<String> knownKeys() {
        Settings settings =
                new Settings(Map.of(), Map.of(), "FILE", ConfigFactory.empty().root());
        reader(Map.of()).read(settings);
        return new HashSet<>(settings.known());
    }

    private NodeConfig read(String text) throws Exception {
        return reader(Map.of()).read(file(text), Map.of());
    }

    private List<String> problems(Map<String, String> environment, String text) {
        InvalidConfigException e = assertThrows(
                InvalidConfigException.class, () -> reader(environment).read(file(text), Map.of()));
        return e.problems().stream()
                .map(problem -> problem.replace(home.resolve("test.conf").toString(), "FILE"))
                .toList();
    }

    private ConfigReader reader(Map<String, String> environment) {
        return new ConfigReader(home, environment, "My_Host.example");
    }

    private Path file(String text) throws IOException {
        return Files.writeString(home.resolve("test.conf"), text);
    }
}

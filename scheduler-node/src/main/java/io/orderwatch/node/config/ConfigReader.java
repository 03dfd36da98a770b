package io.orderwatch.node.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigParseOptions;
import io.orderwatch.job.notification.AddressPolicy;
import io.orderwatch.node.config.NodeConfig.Breaker;
import io.orderwatch.node.config.NodeConfig.Clocks;
import io.orderwatch.node.config.NodeConfig.Cluster;
import io.orderwatch.node.config.NodeConfig.Delivery;
import io.orderwatch.node.config.NodeConfig.Identity;
import io.orderwatch.node.config.NodeConfig.Jmx;
import io.orderwatch.node.config.NodeConfig.Lease;
import io.orderwatch.node.config.NodeConfig.Log;
import io.orderwatch.node.config.NodeConfig.Mysql;
import io.orderwatch.node.config.NodeConfig.Orders;
import io.orderwatch.node.config.NodeConfig.Redis;
import io.orderwatch.node.config.NodeConfig.Retention;
import io.orderwatch.node.config.NodeConfig.Scan;
import io.orderwatch.node.config.NodeConfig.Schema;
import io.orderwatch.node.config.NodeConfig.ZooKeeper;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code orderwatch.conf}. The command line is stronger than environment variables, those are stronger than the
 * file, and what none of them gives has a default. A key {@code mysql.pool-size} is set by the environment variable
 * {@code ORDERWATCH_MYSQL_POOL_SIZE}.
 */
public final class ConfigReader {

    /** Environment variables with our prefix that are no settings: they are read by the scripts. */
    private static final Set<String> OTHER_VARIABLES =
            Set.of("ORDERWATCH_HOME", "ORDERWATCH_CONF", "ORDERWATCH_JAVA", "ORDERWATCH_JAVA_OPTS");

    private static final String RANGES =
            "expected addresses or ranges of them, comma separated, such as 10.1.0.0/16, ::1";
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
    private static final String NAME_EXPECTED =
            "expected up to 63 lower case letters, digits and dashes, not starting with a dash";
    private static final Pattern HOST_AND_PORT =
            Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._-]+)(?::(\\d{1,5}))?");
    private static final Pattern JDBC_URL =
            Pattern.compile("jdbc:mysql://([^/?@,]+)/([A-Za-z0-9_$-]{1,64})(\\?(?!\\S*(?i:user|password)=)\\S*)?");
    private static final Set<String> LEVELS = Set.of("TRACE", "DEBUG", "INFO", "WARN", "ERROR");

    private final Path home;
    private final Map<String, String> environment;
    private final String hostName;

    /**
     * @param home what relative folders are relative to
     * @param environment the process's environment variables
     * @param hostName what a node is called that is given no id
     */
    public ConfigReader(Path home, Map<String, String> environment, String hostName) {
        this.home = home.toAbsolutePath().normalize();
        this.environment = Map.copyOf(environment);
        this.hostName = hostName;
    }

    /**
     * Reads and checks everything.
     *
     * @param commandLine values by key that were given on the command line
     * @throws InvalidConfigException with all that is wrong
     */
    public NodeConfig read(Path file, Map<String, String> commandLine) throws InvalidConfigException {
        Settings settings = new Settings(commandLine, environment, file.toString(), parse(file));
        NodeConfig config = read(settings);
        List<String> problems = settings.problems(OTHER_VARIABLES);
        if (!problems.isEmpty()) {
            throw new InvalidConfigException(problems);
        }
        return config;
    }

    private static ConfigObject parse(Path file) throws InvalidConfigException {
        if (!Files.isReadable(file) || Files.isDirectory(file)) {
            String why = Files.exists(file) ? "cannot be read" : "does not exist";
            throw new InvalidConfigException(List.of("The configuration file " + file + " " + why + "."));
        }
        try {
            ConfigParseOptions options = ConfigParseOptions.defaults().setAllowMissing(false);
            return ConfigFactory.parseFile(file.toFile(), options).resolve().root();
        } catch (ConfigException e) {
            throw new InvalidConfigException(List.of(sentence(file, e)));
        }
    }

    private static String sentence(Path file, ConfigException e) {
        ConfigOrigin origin = e.origin();
        String line = origin != null && origin.lineNumber() > 0 ? ", line " + origin.lineNumber() + "," : "";
        String message = String.valueOf(e.getMessage());
        if (origin != null && message.startsWith(origin.description())) {
            message = message.substring(origin.description().length()).replaceFirst("^:\\s*", "");
        }
        // the library explains quoting at length after a parenthesis: the first sentence is enough
        message = message.lines().findFirst().orElse("").replaceFirst("\\s*\\((?:if you|Reserved).*$", "");
        return "The configuration file " + file + line + " cannot be read: " + message.replaceFirst("\\.$", "") + ".";
    }

    /** Reads each key once; the known keys and their defaults are these lines and no others. */
    NodeConfig read(Settings settings) {
        AlertKeys alertKeys = new AlertKeys(settings);
        ChannelKeys channelKeys = new ChannelKeys(settings);
        NodeConfig config = new NodeConfig(
                new Cluster(settings.text("cluster.name", "orderwatch", matches(NAME), NAME_EXPECTED)),
                new Identity(
                        settings.text(
                                "node.id",
                                nodeId(hostName),
                                id -> NAME.matcher(id).matches() && !"cluster".equals(id),
                                NAME_EXPECTED + ", and not the reserved word cluster"),
                        folder(settings, "node.logs", "logs"),
                        folder(settings, "node.run", "run")),
                mysql(settings),
                redis(settings),
                zookeeper(settings),
                new Lease(
                        settings.duration("lease.duration", "2.5 s", "500 ms", "5 m"),
                        settings.duration("lease.renew-every", "1 s", "50 ms", "1 m"),
                        settings.duration("lease.margin", "300 ms", "10 ms", "1 m"),
                        settings.duration("lease.acknowledge-within", "10 s", "100 ms", "10 m")),
                new Schema(settings.flag("schema.migrate", false), settings.number("schema.shards", 64, 1, 1024)),
                new Orders(
                        settings.duration("orders.payment-window", "30 m", "1 s", "365 d"),
                        settings.size("orders.max-attributes-bytes", "64 KiB", "1 KiB", "4 MiB")),
                new Scan(settings.number("scan.batch", 1000, 1, 20_000)),
                new Delivery(
                        settings.number("delivery.max-in-flight", 2_000, 1, 20_000),
                        settings.number("delivery.first-in-flight", 4, 1, 1_000),
                        settings.duration("delivery.slow-after", "3 s", "10 ms", "5 m"),
                        settings.number("delivery.slow-share", 10, 1, 100),
                        settings.number("delivery.queue", 20_000, 1, 1_000_000),
                        settings.number("delivery.queue-per-merchant", 2_000, 1, 1_000_000),
                        settings.duration("delivery.connect-timeout", "3 s", "10 ms", "1 m"),
                        settings.duration("delivery.total-deadline", "10 s", "50 ms", "5 m"),
                        settings.duration("delivery.lease-margin", "5 s", "100 ms", "5 m"),
                        settings.size("delivery.max-answer-bytes", "64 KiB", "1 KiB", "1 MiB"),
                        settings.value(
                                "delivery.allowed-addresses", List.of(), List.of(), RANGES, ConfigReader::ranges)),
                new Breaker(
                        settings.number("breaker.failures-in-row", 5, 1, 10_000),
                        settings.duration("breaker.window", "1 m", "1 s", "1 h"),
                        settings.number("breaker.least-calls", 20, 1, 100_000),
                        settings.number("breaker.failure-rate", 50, 1, 100),
                        settings.duration("breaker.slow-call", "8 s", "10 ms", "5 m"),
                        settings.number("breaker.slow-call-rate", 80, 1, 100),
                        settings.duration("breaker.open-for", "5 m", "1 s", "1 d"),
                        settings.duration("breaker.hold-back", "1 m", "100 ms", "1 d"),
                        settings.duration("breaker.give-up-after", "7 d", "1 m", "3650 d"),
                        settings.duration("breaker.ramp-up", "30 s", "1 ms", "1 h"),
                        settings.duration("breaker.report-every", "500 ms", "50 ms", "10 s"),
                        settings.duration("breaker.reset-cool-down", "1 m", "1 s", "1 d")),
                new Retention(
                        settings.duration("retention.order-status-logs", "7 d", "1 m", "3650 d"),
                        settings.duration("retention.notification-attempts", "7 d", "1 m", "3650 d"),
                        settings.duration("retention.notifications", "30 d", "1 m", "3650 d"),
                        settings.duration("retention.dead-notifications", "90 d", "1 m", "3650 d"),
                        settings.duration("retention.status-changes", "90 d", "1 m", "3650 d"),
                        settings.duration("retention.shard-epochs", "90 d", "1 m", "3650 d"),
                        settings.duration("retention.audit-log", "365 d", "1 m", "3650 d"),
                        settings.duration("retention.alerts", "90 d", "1 m", "3650 d"),
                        settings.duration("retention.delivery-minutes", "1 d", "1 m", "3650 d"),
                        settings.duration("retention.job-runs", "7 d", "1 m", "3650 d"),
                        settings.duration("retention.breaker-changes", "90 d", "1 m", "3650 d"),
                        settings.duration("retention.set-aside", "90 d", "1 m", "3650 d"),
                        settings.duration("retention.log-files", "7 d", "1 m", "3650 d"),
                        settings.number("retention.batch", 1000, 1, 10_000)),
                new Jmx(
                        settings.text(
                                "jmx.host", "127.0.0.1", ConfigReader::isHost, "expected a host name or an address"),
                        settings.number("jmx.port", 0, 0, 65_535),
                        optionalFile(settings, "jmx.password-file"),
                        optionalFile(settings, "jmx.access-file")),
                channelKeys.rabbitmq(),
                channelKeys.kafka(key -> optionalFile(settings, key)),
                channelKeys.websocket(),
                alertKeys.alerts(),
                alertKeys.mail(),
                alertKeys.sms(),
                new Log(
                        settings.text(
                                "log.level", "INFO", LEVELS::contains, "expected TRACE, DEBUG, INFO, WARN or ERROR"),
                        settings.flag("log.json", false),
                        settings.number("log.user-files-open", 1000, 1, 100_000)),
                new Clocks(settings.duration("clock.max-difference", "1 s", "10 ms", "1 d")));
        checkTogether(config, settings);
        if (!settings.hasProblems()) {
            alertKeys.check(config.alerts(), config.mail(), config.sms());
        }
        return config;
    }

    private static void checkTogether(NodeConfig config, Settings settings) {
        if (settings.hasProblems()) {
            return; // defaults stand in for what was wrong, so contradictions would be invented
        }
        Lease lease = config.lease();
        Duration twoRenewals = lease.renewEvery().multipliedBy(2).plus(lease.margin());
        if (twoRenewals.compareTo(lease.duration()) > 0) {
            settings.contradiction("lease.duration is " + text(lease.duration())
                    + ": expected at least twice lease.renew-every and lease.margin together, which is "
                    + text(twoRenewals) + ", so that one renewal may fail.");
        }
        Delivery delivery = config.delivery();
        if (delivery.queuePerMerchant() > delivery.queue()) {
            settings.contradiction("delivery.queue-per-merchant is " + delivery.queuePerMerchant()
                    + ": expected at most delivery.queue, which is " + delivery.queue() + ".");
        }
        if (delivery.connectTimeout().compareTo(delivery.totalDeadline()) > 0) {
            settings.contradiction("delivery.connect-timeout is " + text(delivery.connectTimeout())
                    + ": expected at most delivery.total-deadline, which is " + text(delivery.totalDeadline()) + ".");
        }
        Jmx jmx = config.jmx();
        if (jmx.enabled() && !isLoopback(jmx.host()) && (jmx.passwordFile() == null || jmx.accessFile() == null)) {
            settings.contradiction("jmx.host is " + jmx.host()
                    + ", which other machines can reach: expected jmx.password-file and jmx.access-file with it, since"
                    + " whoever comes in can stop all jobs of the cluster.");
        }
    }

    private Mysql mysql(Settings settings) {
        String expected = "expected jdbc:mysql://HOST:PORT/SCHEMA (for MariaDB too), without user and password";
        String url = settings.text(
                "mysql.url",
                null,
                text -> {
                    Matcher matcher = JDBC_URL.matcher(text);
                    return matcher.matches() && address(matcher.group(1), 3306).isPresent();
                },
                expected);
        Matcher matcher = JDBC_URL.matcher(url);
        boolean good = matcher.matches();
        return new Mysql(
                url,
                good ? address(matcher.group(1), 3306).orElseThrow() : new Address("", 0),
                good ? matcher.group(2) : "",
                settings.text("mysql.user", "orderwatch", text -> !text.isEmpty(), "expected a user's name"),
                settings.secret("mysql.password"),
                settings.number("mysql.pool-size", 16, 2, 500));
    }

    private Redis redis(Settings settings) {
        String expected =
                "expected redis://HOST:PORT or rediss://HOST:PORT, with /DATABASE if it is not 0, without a password";
        URI nowhere = URI.create("redis://nowhere");
        URI uri = settings.value("redis.uri", null, nowhere, expected, text -> {
            try {
                URI parsed = new URI(text);
                boolean good = ("redis".equals(parsed.getScheme()) || "rediss".equals(parsed.getScheme()))
                        && parsed.getHost() != null
                        && parsed.getUserInfo() == null
                        && parsed.getQuery() == null
                        && parsed.getPort() <= 65_535
                        && parsed.getPath().matches("(/\\d{0,4})?");
                return good ? Optional.of(parsed) : Optional.empty();
            } catch (URISyntaxException e) {
                return Optional.empty(); // the sentence says what is expected instead
            }
        });
        String host = uri.getHost().replaceAll("^\\[|]$", "");
        return new Redis(
                uri, new Address(host, uri.getPort() < 0 ? 6379 : uri.getPort()), settings.secret("redis.password"));
    }

    private ZooKeeper zookeeper(Settings settings) {
        String expected = "expected HOST:PORT,HOST:PORT,... with a /PATH behind it if it is not the root";
        String connect =
                settings.text("zookeeper.connect", null, text -> servers(text).isPresent(), expected);
        int slash = connect.indexOf('/');
        return new ZooKeeper(
                connect,
                servers(connect).orElse(List.of()),
                slash < 0 ? null : connect.substring(slash),
                settings.duration("zookeeper.session-timeout", "2 s", "200 ms", "2 m"),
                settings.duration("zookeeper.connection-timeout", "2 s", "100 ms", "2 m"));
    }

    private static Optional<List<Address>> servers(String connect) {
        int slash = connect.indexOf('/');
        if (slash >= 0 && !connect.substring(slash).matches("(/[A-Za-z0-9._-]+)+")) {
            return Optional.empty();
        }
        List<Address> servers = new ArrayList<>();
        for (String server : (slash < 0 ? connect : connect.substring(0, slash)).split(",", -1)) {
            Optional<Address> address = address(server.strip(), 2181);
            if (address.isEmpty()) {
                return Optional.empty();
            }
            servers.add(address.get());
        }
        return Optional.of(List.copyOf(servers));
    }

    private static Optional<Address> address(String hostAndPort, int defaultPort) {
        Matcher matcher = HOST_AND_PORT.matcher(hostAndPort);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        int port = matcher.group(2) == null ? defaultPort : Integer.parseInt(matcher.group(2));
        if (port < 1 || port > 65_535) {
            return Optional.empty();
        }
        return Optional.of(new Address(matcher.group(1).replaceAll("^\\[|]$", ""), port));
    }

    private static boolean isHost(String text) {
        return text.matches("[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+");
    }

    /** Without asking a name server: what another name stands for may change after it was checked. */
    private static boolean isLoopback(String host) {
        return host.equals("localhost") || host.matches("127(\\.\\d{1,3}){3}|::1");
    }

    /** Null where the text is empty. */
    private @Nullable Path optionalFile(Settings settings, String key) {
        Optional<Path> none = Optional.empty();
        Optional<Path> file = settings.value(key, none, none, "expected a file, or nothing", text -> {
            try {
                return Optional.of(
                        text.isEmpty() ? none : Optional.of(home.resolve(text).normalize()));
            } catch (InvalidPathException e) {
                return Optional.empty(); // the sentence says what is expected instead
            }
        });
        return file.orElse(null);
    }

    private Path folder(Settings settings, String key, String ifMissing) {
        return settings.value(key, home.resolve(ifMissing), home, "expected a folder", text -> {
            try {
                return text.isEmpty()
                        ? Optional.empty()
                        : Optional.of(home.resolve(text).normalize());
            } catch (InvalidPathException e) {
                return Optional.empty(); // the sentence says what is expected instead
            }
        });
    }

    /** A node's id from the name of its host: what does not fit becomes a dash. */
    static String nodeId(String hostName) {
        String fitting =
                hostName.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-+|-+$", "");
        String id = fitting.isEmpty() || "cluster".equals(fitting) ? "node-" + fitting : fitting;
        return id.substring(0, Math.min(63, id.length())).replaceAll("-+$", "");
    }

    private static Predicate<String> matches(Pattern pattern) {
        return text -> pattern.matcher(text).matches();
    }

    private static String text(Duration duration) {
        long millis = duration.toMillis();
        return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
    }

    private static Optional<List<String>> ranges(String text) {
        List<String> ranges = Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(range -> !range.isEmpty())
                .toList();
        try {
            AddressPolicy.internetAnd(ranges);
            return Optional.of(ranges);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}

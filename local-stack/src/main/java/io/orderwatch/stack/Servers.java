package io.orderwatch.stack;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Three servers that answer, wherever they came from: what a {@link Stack} does with them. */
final class Servers {

    private static final int CONNECT_TIMEOUT_MS = 5_000;
    private static final int ANSWER_TIMEOUT_MS = 10_000;
    private static final Pattern SCHEMA = Pattern.compile("[a-z0-9_]{1,64}");
    private static final Pattern REDIS_VERSION = Pattern.compile("redis_version:(\\S+)");
    private static final Pattern ZOOKEEPER_VERSION = Pattern.compile("Zookeeper version: ([^,\\s]+)");

    private final String jdbcBase;
    private final String user;
    private final String password;
    private final InetSocketAddress redis;
    private final List<InetSocketAddress> zookeeper;
    private final String sqlClient;

    /**
     * @param jdbcBase {@code jdbc:mysql://host:port}, without a database
     * @param zookeeper one, or those of an ensemble
     * @param sqlClient the program
     */
    Servers(
            String jdbcBase,
            String user,
            String password,
            InetSocketAddress redis,
            List<InetSocketAddress> zookeeper,
            String sqlClient) {
        this.sqlClient = sqlClient;
        this.jdbcBase = jdbcBase;
        this.user = user;
        this.password = password;
        this.redis = redis;
        this.zookeeper = List.copyOf(zookeeper);
    }

    static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress().getHostAddress(), port);
    }

    /** Somebody else may take the port before it is used: who starts a server on it must be ready to try another. */
    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new StackException("No free port can be had on the loopback address: " + e.getMessage(), e);
        }
    }

    static boolean isOpen(InetSocketAddress address) {
        try (Socket socket = new Socket()) {
            socket.connect(address, CONNECT_TIMEOUT_MS);
            return true;
        } catch (IOException refused) {
            return false;
        }
    }

    String jdbcUrl(String schema) {
        return jdbcBase + "/" + schema;
    }

    String user() {
        return user;
    }

    String password() {
        return password;
    }

    String redisUri() {
        return "redis://" + redis.getHostString() + ":" + redis.getPort();
    }

    String zookeeperConnect() {
        return zookeeper.stream()
                .map(server -> server.getHostString() + ":" + server.getPort())
                .collect(Collectors.joining(","));
    }

    String newSchema(String prefix) {
        String schema =
                prefix + "_" + Long.toString(ThreadLocalRandom.current().nextLong(Long.MAX_VALUE), Character.MAX_RADIX);
        execute("CREATE DATABASE " + vetted(schema) + " CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci");
        return schema;
    }

    void dropSchema(String schema) {
        execute("DROP DATABASE IF EXISTS " + vetted(schema));
    }

    String sqlClient(String schema) {
        URI address = URI.create(jdbcBase.substring("jdbc:".length()));
        return sqlClient + " --host=" + address.getHost() + " --port=" + address.getPort() + " --user=" + user
                + " --password=" + password + " " + schema;
    }

    Map<String, String> versions() {
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("database", databaseVersion());
        versions.put("redis", redisVersion());
        versions.put("zookeeper", zookeeperVersion());
        return versions;
    }

    String databaseVersion() {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT VERSION()")) {
            row.next();
            return row.getString(1);
        } catch (SQLException e) {
            throw new StackException("The database at " + jdbcBase + " does not answer: " + e.getMessage(), e);
        }
    }

    String redisVersion() {
        return found(REDIS_VERSION, ask(redis, "INFO server\r\nQUIT\r\n"), "Redis", redis);
    }

    String zookeeperVersion() {
        return found(ZOOKEEPER_VERSION, ask(zookeeper.get(0), "srvr"), "ZooKeeper", zookeeper.get(0));
    }

    private void execute(String sql) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new StackException("The database at " + jdbcBase + " refused '" + sql + "': " + e.getMessage(), e);
        }
    }

    private Connection connect() throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", password);
        properties.setProperty("connectTimeout", Integer.toString(CONNECT_TIMEOUT_MS));
        properties.setProperty("socketTimeout", "60000");
        properties.setProperty("sslMode", "PREFERRED");
        properties.setProperty("allowPublicKeyRetrieval", "true");
        return DriverManager.getConnection(jdbcBase + "/", properties);
    }

    private static String vetted(String schema) {
        if (!SCHEMA.matcher(schema).matches()) {
            throw new IllegalArgumentException("Not a database name of ours: '" + schema + "'");
        }
        return schema;
    }

    /** Sends a question and returns all that comes back before the server hangs up. */
    static String ask(InetSocketAddress address, String question) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address.getHostString(), address.getPort()), CONNECT_TIMEOUT_MS);
            socket.setSoTimeout(ANSWER_TIMEOUT_MS);
            socket.getOutputStream().write(question.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new StackException("The server at " + address + " does not answer: " + e.getMessage(), e);
        }
    }

    private static String found(Pattern pattern, String answer, String name, InetSocketAddress address) {
        Matcher matcher = pattern.matcher(answer);
        if (!matcher.find()) {
            throw new StackException(
                    name + " at " + address + " does not tell its version but '" + answer.strip() + "'");
        }
        return matcher.group(1);
    }
}

package io.orderwatch.node.lock;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;
import org.redisson.config.ConstantDelay;
import org.redisson.config.EqualJitterDelay;
import org.redisson.config.SingleServerConfig;

/** Makes Redisson clients that start without a server, answer soon, and serialise nothing but text. */
public final class RedissonClientFactory {

    private static final int THREADS = 2;
    private static final int CONNECTIONS = 8;
    /** The first connection is made by cold code, which takes its time on a busy machine. */
    private static final int CONNECT_TIMEOUTS = 4;

    private static final Duration RECONNECT_AT_MOST = Duration.ofSeconds(1);

    /**
     * Makes a client; the caller shuts it down. No connection is made before the first command.
     *
     * @throws IllegalArgumentException when the address is none, with a sentence that does not show the password
     * @throws UncheckedIOException when the YAML file cannot be read
     */
    public RedissonClient create(RedisSettings settings) {
        Path yaml = settings.yaml();
        Config config = yaml == null ? single(settings) : read(yaml);
        config.setCodec(TextCodec.INSTANCE);
        config.setLazyInitialization(true);
        config.setThreads(THREADS);
        config.setNettyThreads(THREADS);
        return Redisson.create(config);
    }

    private static Config read(Path yaml) {
        try {
            return Config.fromYAML(yaml.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException("The Redis configuration " + yaml + " cannot be read", e);
        }
    }

    private static Config single(RedisSettings settings) {
        URI uri = parse(settings);
        int millis = Math.toIntExact(settings.timeout().toMillis());
        Config config = new Config();
        SingleServerConfig server = config.useSingleServer();
        server.setAddress(uri.getScheme() + "://" + uri.getHost() + ':' + uri.getPort());
        server.setDatabase(database(uri, settings));
        server.setConnectTimeout(CONNECT_TIMEOUTS * millis);
        server.setTimeout(millis);
        server.setSubscriptionTimeout(millis);
        // a lock that was taken and whose answer was lost would be refused to us the second time
        server.setRetryAttempts(0);
        server.setRetryDelay(new ConstantDelay(Duration.ofMillis(100)));
        server.setReconnectionDelay(new EqualJitterDelay(Duration.ofMillis(100), RECONNECT_AT_MOST));
        server.setConnectionPoolSize(CONNECTIONS);
        server.setConnectionMinimumIdleSize(1);
        server.setSubscriptionConnectionPoolSize(1);
        server.setSubscriptionConnectionMinimumIdleSize(0);
        credentials(uri, config);
        return config;
    }

    private static URI parse(RedisSettings settings) {
        String wanted = "The Redis address must be redis://[[user]:password@]host:port[/database], not " + settings;
        try {
            URI uri = URI.create(settings.uri());
            boolean known = "redis".equals(uri.getScheme()) || "rediss".equals(uri.getScheme());
            if (!known || uri.getHost() == null || uri.getPort() < 1) {
                throw new IllegalArgumentException(wanted);
            }
            return uri;
        } catch (IllegalArgumentException e) {
            // without the cause: its message quotes the whole address
            throw new IllegalArgumentException(wanted);
        }
    }

    private static int database(URI uri, RedisSettings settings) {
        String path = uri.getPath() == null ? "" : uri.getPath().replaceFirst("^/", "");
        if (!path.matches("\\d{0,4}")) {
            throw new IllegalArgumentException(
                    "The Redis address names no database number after its port: " + settings);
        }
        return path.isEmpty() ? 0 : Integer.parseInt(path);
    }

    private static void credentials(URI uri, Config config) {
        String userInfo = uri.getRawUserInfo();
        if (userInfo == null) {
            return;
        }
        int colon = userInfo.indexOf(':');
        if (colon > 0) {
            config.setUsername(decode(userInfo.substring(0, colon)));
        }
        config.setPassword(decode(userInfo.substring(colon + 1)));
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}

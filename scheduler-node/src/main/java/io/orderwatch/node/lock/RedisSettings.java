package io.orderwatch.node.lock;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/**
 * Where Redis is.
 *
 * @param uri {@code redis://[[user]:password@]host:port[/database]}, {@code rediss://} for TLS; of a single server
 * @param yaml a file in Redisson's own format, for a Redis cluster or sentinels; null: {@code uri} alone counts
 * @param timeout for a connection, and for an answer
 */
public record RedisSettings(String uri, @Nullable Path yaml, Duration timeout) {

    /** A single server with the timeout of the product. */
    public static RedisSettings of(String uri) {
        return new RedisSettings(uri, null, Duration.ofMillis(400));
    }

    /**
     * A single server with the timeout of the product, and a password that need not be written for an address.
     *
     * @param uri without a password
     * @param password empty: none
     */
    public static RedisSettings of(URI uri, String password) {
        if (password.isEmpty()) {
            return of(uri.toString());
        }
        String encoded = URLEncoder.encode(password, StandardCharsets.UTF_8).replace("+", "%20");
        return of(uri.toString().replaceFirst("//", "//:" + Matcher.quoteReplacement(encoded) + "@"));
    }

    /** Without the password. */
    @Override
    public String toString() {
        return yaml == null ? uri.replaceFirst("//[^/]*@", "//") : yaml.toString();
    }
}

package io.orderwatch.job.notification.websocket;

import io.orderwatch.dao.notification.Endpoint;
import io.orderwatch.job.notification.Channel;
import io.orderwatch.job.notification.Deadlines;
import io.orderwatch.job.notification.Message;
import io.orderwatch.job.notification.Pending;
import io.orderwatch.job.notification.Reply;
import io.orderwatch.job.notification.Target;
import io.orderwatch.job.notification.WebhookHeaders;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Connects to {@code wss://} addresses of merchants and pushes signed notifications. A notification is delivered when the
 * merchant has acknowledged its id on the same connection. Connections are made when there is something to send, shared by
 * all that goes to one endpoint, and closed when nothing does. Owns at most four threads, {@code notify-websocket-n} and
 * {@code notify-websocket-names-n}.
 */
public final class WebSocketChannel implements Channel {

    /** As {@code merchant_endpoints.channel} has it. */
    public static final String NAME = "WEBSOCKET";

    private static final int THREADS = 2;
    private static final int WAITING = 10_000;

    private final WebSocketSettings settings;
    private final HostGuard guard;
    private final Deadlines deadlines;
    private final InstantSource clock;
    private final ThreadPoolExecutor names = names();
    private final Dialer dialer;
    private final Map<Long, Link> links = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** Says where a host may be called. */
    @FunctionalInterface
    public interface HostGuard {

        /**
         * Looks the name up, which may take its time.
         *
         * @return at least one address; what is called is one of these, whatever the name leads to a moment later
         * @throws IOException when it has no address, or one that must not be called
         */
        InetAddress[] vet(String host) throws IOException;
    }

    /** @param deadlines stays the caller's to close, after this */
    public WebSocketChannel(WebSocketSettings settings, HostGuard guard, Deadlines deadlines, InstantSource clock) {
        this(settings, guard, deadlines, clock, whomTheJvmBelieves());
    }

    private static SSLContext whomTheJvmBelieves() {
        try {
            return SSLContext.getDefault();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("This JVM has no TLS", e);
        }
    }

    /** @param trust whom to believe */
    WebSocketChannel(
            WebSocketSettings settings, HostGuard guard, Deadlines deadlines, InstantSource clock, SSLContext trust) {
        this.settings = settings;
        this.guard = guard;
        this.deadlines = deadlines;
        this.clock = clock;
        this.dialer = new Dialer(settings.connectTimeout(), trust);
        deadlines.every(settings.idle().dividedBy(2), this::closeIdle);
    }

    private static ThreadPoolExecutor names() {
        AtomicInteger count = new AtomicInteger();
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                THREADS, THREADS, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(WAITING), task -> {
                    Thread thread = new Thread(task, "notify-websocket-names-" + count.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    @Override
    public Target target(Endpoint endpoint) {
        URI address;
        try {
            address = new URI(endpoint.url().strip());
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("the address is malformed");
        }
        String scheme = address.getScheme() == null ? "" : address.getScheme().toLowerCase(Locale.ROOT);
        if (!(scheme.equals("wss") || scheme.equals("ws")) || address.getHost() == null) {
            throw new IllegalArgumentException("the address does not look like wss://shop.example/orders");
        }
        if (address.getRawUserInfo() != null || address.getRawFragment() != null) {
            throw new IllegalArgumentException("the address contains a user name, a password or a fragment");
        }
        if (endpoint.secrets().current().isEmpty()) {
            throw new IllegalArgumentException("the secret is empty");
        }
        return new WebSocketTarget(endpoint, address, new WebhookHeaders(endpoint, clock));
    }

    private final class WebSocketTarget implements Target {

        private final Endpoint endpoint;
        private final URI address;
        private final WebhookHeaders headers;

        WebSocketTarget(Endpoint endpoint, URI address, WebhookHeaders headers) {
            this.endpoint = endpoint;
            this.address = address;
            this.headers = headers;
        }

        @Override
        public Endpoint endpoint() {
            return endpoint;
        }

        @Override
        public void send(Message message, Supplier<@Nullable String> lastLook, Consumer<Reply> then) {
            Pending pending = deadlines.start(message, lastLook, then);
            try {
                Link link = closed ? null : link(endpoint.id(), address);
                if (link == null) {
                    pending.finish(
                            new Reply.Withheld(closed ? "the channel is closed" : "too many WebSockets are open"));
                } else {
                    link.send(pending, headers);
                }
            } catch (RejectedExecutionException e) {
                pending.finish(new Reply.Withheld("too many WebSockets are being opened, or the channel is closed"));
            }
        }
    }

    /** Null: too many are open. An endpoint whose address was changed gets a connection to the new one. */
    private @Nullable Link link(long endpoint, URI address) {
        return links.compute(endpoint, (id, there) -> {
            if (there != null && there.works() && there.address().equals(address)) {
                return there;
            }
            if (there != null) {
                there.close();
            } else if (links.size() >= settings.maxConnections()) {
                return null;
            }
            return new Link(address, listener -> connect(address, listener));
        });
    }

    private CompletableFuture<Wire> connect(URI address, WireListener listener) {
        return CompletableFuture.supplyAsync(() -> vetted(address), names)
                .thenCompose(vetted -> dialer.dial(address, vetted, listener));
    }

    private List<InetAddress> vetted(URI address) {
        try {
            return List.of(guard.vet(address.getHost()));
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }

    private void closeIdle() {
        links.forEach((endpoint, link) -> {
            if (!link.works() || link.idleFor().compareTo(settings.idle()) > 0) {
                links.remove(endpoint, link);
                link.close();
            }
        });
    }

    /** Connections that stand or are being made. */
    int open() {
        return links.size();
    }

    /** Ends all connections and threads; what is under way is given up. */
    @Override
    public void close() {
        closed = true;
        links.values().forEach(Link::close);
        links.clear();
        names.shutdownNow();
        dialer.close();
    }
}

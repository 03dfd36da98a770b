package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.Endpoint;
import io.orderwatch.job.Ticker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.async.AsyncExecCallback;
import org.apache.hc.client5.http.async.AsyncExecChain;
import org.apache.hc.client5.http.async.AsyncExecRuntime;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.config.TlsConfig;
import org.apache.hc.client5.http.impl.ChainElement;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClientBuilder;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManager;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.client5.http.ssl.ClientTlsStrategyBuilder;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.Method;
import org.apache.hc.core5.http.RequestNotExecutedException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.message.BasicHttpRequest;
import org.apache.hc.core5.http.nio.AsyncEntityProducer;
import org.apache.hc.core5.http.nio.entity.BasicAsyncEntityProducer;
import org.apache.hc.core5.http.nio.support.BasicRequestProducer;
import org.apache.hc.core5.http2.HttpVersionPolicy;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.reactor.IOReactorConfig;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls merchants with signed POST requests over HTTP/1.1. Owns its sockets, the threads that serve them
 * ({@code notify-http-n}), those that look names up ({@code notify-dns-n}) and the one that watches the deadlines
 * ({@code notify-deadline}).
 *
 * <p>Nothing is done behind the caller's back: no redirects, no second try, no cookies, no proxy, no decompression. A
 * slow drip of bytes resets the client's own timeouts, so the total deadline is a timer of ours that cancels.
 */
public final class HttpChannel implements Channel {

    private static final Logger LOG = LoggerFactory.getLogger(HttpChannel.class);

    // connections given up a moment ago may still count while their successors ask for one
    private static final int SPARE_CONNECTIONS = 32;
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(20);
    private static final Duration CHECK_AFTER_IDLE = Duration.ofSeconds(1);
    private static final int HEADER_LINE = 8 * 1024;
    /** A connection has three of these as long as it is kept: with the default of 8 KiB, thousands of them fill a heap. */
    private static final int BUFFER = 2 * 1024;

    private static final int HEADERS = 100;

    private final HttpChannelSettings settings;
    private final InstantSource clock;
    private final Addresses addresses;
    private final PoolingAsyncClientConnectionManager connections;
    private final CloseableHttpAsyncClient client;
    private final ScheduledThreadPoolExecutor deadlines;
    private volatile boolean closed;

    /** @param clock gives the time that messages are signed with */
    public HttpChannel(HttpChannelSettings settings, InstantSource clock) {
        this(settings, clock, InetAddress::getAllByName, null);
    }

    /**
     * @param lookup finds the addresses of a host, and may take its time
     * @param trust whom to believe; null: whom the JVM believes
     */
    HttpChannel(
            HttpChannelSettings settings, InstantSource clock, Addresses.Lookup lookup, @Nullable SSLContext trust) {
        this.settings = settings;
        this.clock = clock;
        this.addresses = new Addresses(settings.allowed(), lookup, Ticker.system());
        this.connections = connections(settings, addresses, trust);
        this.client = client(settings, connections);
        this.deadlines = new ScheduledThreadPoolExecutor(1, task -> new Thread(task, "notify-deadline"));
        this.deadlines.setRemoveOnCancelPolicy(true);
        this.deadlines.scheduleWithFixedDelay(
                this::closeIdle, KEEP_ALIVE.toMillis(), KEEP_ALIVE.toMillis(), TimeUnit.MILLISECONDS);
        this.client.start();
    }

    private static PoolingAsyncClientConnectionManager connections(
            HttpChannelSettings settings, DnsResolver resolver, @Nullable SSLContext trust) {
        int most = settings.maxConnections() + SPARE_CONNECTIONS;
        ClientTlsStrategyBuilder tls = ClientTlsStrategyBuilder.create();
        if (trust != null) {
            tls.setSslContext(trust);
        }
        PoolingAsyncClientConnectionManager manager = PoolingAsyncClientConnectionManagerBuilder.create()
                .setMaxConnTotal(most)
                .setMaxConnPerRoute(most)
                .setDnsResolver(resolver)
                .setTlsStrategy(tls.buildAsync())
                .build();
        manager.setDefaultConnectionConfig(ConnectionConfig.custom()
                .setConnectTimeout(Timeout.of(settings.connectTimeout()))
                .setValidateAfterInactivity(TimeValue.of(CHECK_AFTER_IDLE))
                .build());
        manager.setDefaultTlsConfig(TlsConfig.custom()
                .setHandshakeTimeout(Timeout.of(settings.connectTimeout()))
                .setVersionPolicy(HttpVersionPolicy.FORCE_HTTP_1)
                .build());
        return manager;
    }

    private CloseableHttpAsyncClient client(
            HttpChannelSettings settings, PoolingAsyncClientConnectionManager connections) {
        // only a safety net: our own timer comes first
        Timeout deadline = Timeout.of(settings.deadline().multipliedBy(2));
        AtomicInteger threads = new AtomicInteger();
        return HttpAsyncClientBuilder.create()
                .setConnectionManager(connections)
                .setIOReactorConfig(IOReactorConfig.custom()
                        .setIoThreadCount(settings.ioThreads())
                        .setSoTimeout(deadline)
                        .setTcpNoDelay(true)
                        .setSoKeepAlive(true)
                        .build())
                .setHttp1Config(Http1Config.custom()
                        .setMaxLineLength(HEADER_LINE)
                        .setMaxHeaderCount(HEADERS)
                        .setBufferSize(BUFFER)
                        .build())
                .setDefaultRequestConfig(RequestConfig.custom()
                        .setConnectionRequestTimeout(deadline)
                        .setResponseTimeout(deadline)
                        .setConnectionKeepAlive(TimeValue.of(KEEP_ALIVE))
                        .setRedirectsEnabled(false)
                        .setAuthenticationEnabled(false)
                        .setContentCompressionEnabled(false)
                        .setProtocolUpgradeEnabled(false)
                        .setExpectContinueEnabled(false)
                        .build())
                .setThreadFactory(task -> new Thread(task, "notify-http-" + threads.incrementAndGet()))
                .setIoReactorExceptionCallback(this::ioFailed)
                .setUserAgent(settings.userAgent())
                .disableRedirectHandling()
                .disableAutomaticRetries()
                .disableCookieManagement()
                .disableAuthCaching()
                .disableConnectionState()
                .addExecInterceptorBefore(ChainElement.MAIN_TRANSPORT.name(), "last-look", HttpChannel::lastLook)
                .build();
    }

    private void ioFailed(Exception e) {
        if (closed) {
            LOG.debug("A thread that served merchants' sockets was cut off by their closing", e);
        } else {
            LOG.error("A thread that serves merchants' sockets failed", e);
        }
    }

    /** Runs when the connection stands and nothing was written to it yet. */
    private static void lastLook(
            HttpRequest request,
            @Nullable AsyncEntityProducer body,
            AsyncExecChain.Scope scope,
            AsyncExecChain chain,
            AsyncExecCallback callback)
            throws HttpException, IOException {
        Exchange exchange = (Exchange) scope.clientContext;
        exchange.runtime = scope.execRuntime;
        String objection = exchange.objection();
        if (objection != null) {
            callback.failed(new WithheldException(objection));
            return;
        }
        chain.proceed(request, body, scope, callback);
    }

    @Override
    public Target target(Endpoint endpoint) {
        return new HttpTarget(endpoint, HttpAddress.of(endpoint));
    }

    /** An address, and the channel that it is called over. */
    private final class HttpTarget implements Target {

        private final Endpoint endpoint;
        private final HttpAddress address;

        HttpTarget(Endpoint endpoint, HttpAddress address) {
            this.endpoint = endpoint;
            this.address = address;
        }

        @Override
        public Endpoint endpoint() {
            return endpoint;
        }

        @Override
        public void send(Message message, Supplier<@Nullable String> lastLook, Consumer<Reply> then) {
            HttpChannel.this.send(address, message, lastLook, then);
        }
    }

    private void send(HttpAddress address, Message message, Supplier<@Nullable String> lastLook, Consumer<Reply> then) {
        Exchange exchange = new Exchange(address, message, lastLook, then);
        try {
            exchange.deadline = deadlines.schedule(exchange::expire, exchange.within.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            exchange.finish(new Reply.Withheld("the channel is closed"));
            return;
        }
        exchange.find();
    }

    private void closeIdle() {
        connections.closeExpired();
        connections.closeIdle(TimeValue.of(KEEP_ALIVE));
    }

    /** Connections that stand, idle or in use. */
    int open() {
        return connections.getTotalStats().getLeased()
                + connections.getTotalStats().getAvailable();
    }

    @Override
    public void close() {
        closed = true;
        deadlines.shutdownNow();
        client.close(CloseMode.IMMEDIATE);
        connections.close(CloseMode.IMMEDIATE);
        addresses.close();
    }

    /** A request and what becomes of it. It is its own context, so that the last look finds it in the chain. */
    private final class Exchange extends HttpClientContext implements FutureCallback<Reply.Answered> {

        private final HttpAddress address;
        private final Message message;
        private final Duration within;
        private final Supplier<@Nullable String> lastLook;
        private final Consumer<Reply> then;
        private final AtomicBoolean finished = new AtomicBoolean();
        private volatile boolean found;
        private volatile @Nullable ScheduledFuture<?> notFound;
        private volatile boolean written;
        private volatile Reply.@Nullable Answered answer;
        private boolean secondConnection;
        private volatile @Nullable Future<Reply.Answered> request;
        private volatile @Nullable ScheduledFuture<?> deadline;
        private volatile @Nullable AsyncExecRuntime runtime;

        Exchange(HttpAddress address, Message message, Supplier<@Nullable String> lastLook, Consumer<Reply> then) {
            this.address = address;
            this.message = message;
            this.within = message.within().compareTo(settings.deadline()) < 0 ? message.within() : settings.deadline();
            this.lastLook = lastLook;
            this.then = then;
        }

        /** Has the host's addresses looked up; no thread that serves sockets waits for that. */
        void find() {
            try {
                addresses.learn(address.host().getHostName(), this::found);
                if (!found) {
                    notFound = deadlines.schedule(
                            this::giveUpFinding, settings.connectTimeout().toMillis(), TimeUnit.MILLISECONDS);
                }
            } catch (RejectedExecutionException e) {
                finish(new Reply.Withheld("too many names wait to be looked up, or the channel is closed"));
            }
        }

        private void found(@Nullable UnknownHostException problem) {
            found = true;
            ScheduledFuture<?> timer = notFound;
            if (timer != null) {
                timer.cancel(false);
            }
            if (problem != null) {
                finish(ReplyOf.failure(problem, false));
            } else if (!finished.get()) {
                start();
            }
        }

        private void giveUpFinding() {
            if (!found) {
                String detail = "The name has no address within "
                        + settings.connectTimeout().toMillis() + " ms";
                finish(new Reply.Failed(Outcome.DNS, detail, false));
            }
        }

        private void start() {
            try {
                BasicRequestProducer producer = new BasicRequestProducer(
                        post(), new BasicAsyncEntityProducer(message.body(), ContentType.APPLICATION_JSON));
                CappedBody consumer = new CappedBody(settings.bodyLimit(), this::released);
                request = client.execute(address.host(), producer, consumer, null, this, this);
                if (finished.get()) {
                    // the deadline passed before it knew what to cancel
                    cancelRequest();
                }
            } catch (RuntimeException e) {
                failed(e);
            }
        }

        private BasicHttpRequest post() {
            long timestamp = clock.instant().getEpochSecond();
            BasicHttpRequest post = new BasicHttpRequest(Method.POST, address.host(), address.path());
            post.addHeader("webhook-id", message.id());
            post.addHeader("webhook-timestamp", timestamp);
            post.addHeader("webhook-signature", address.signature().sign(message.id(), timestamp, message.body()));
            return post;
        }

        @Nullable String objection() {
            if (finished.get()) {
                return "its deadline passed before it was written";
            }
            String objection = lastLook.get();
            written = objection == null;
            return objection;
        }

        @Override
        public void completed(Reply.Answered whole) {
            // its connection is not back in the pool yet, and whoever is told now may ask for one at once
            answer = whole;
        }

        private void released() {
            Reply.Answered whole = answer;
            if (whole != null) {
                finish(whole);
            }
        }

        @Override
        public void failed(Exception cause) {
            if (cause instanceof RequestNotExecutedException && !secondConnection && !finished.get()) {
                // the merchant closed the kept-alive connection in the moment it was taken: nothing was read from it
                secondConnection = true;
                written = false;
                start();
                return;
            }
            finish(ReplyOf.failure(cause, written));
        }

        @Override
        public void cancelled() {
            finish(new Reply.Failed(Outcome.RESET, "The request was given up", written));
        }

        void expire() {
            released();
            String detail = "No complete answer within " + within.toMillis() + " ms";
            finish(new Reply.Failed(Outcome.TIMEOUT, detail, written));
            cancelRequest();
        }

        private void cancelRequest() {
            Future<Reply.Answered> running = request;
            if (running != null) {
                running.cancel(true);
            }
            AsyncExecRuntime connected = runtime;
            if (connected != null) {
                // a cancel asks politely, and a server that goes on sending can keep the connection for ever
                connected.discardEndpoint();
            }
        }

        void finish(Reply reply) {
            if (!finished.compareAndSet(false, true)) {
                return;
            }
            ScheduledFuture<?> timer = deadline;
            if (timer != null) {
                timer.cancel(false);
            }
            then.accept(reply);
        }
    }

    /** The last look said no. */
    static final class WithheldException extends IOException {

        private static final long serialVersionUID = 1L;

        WithheldException(String why) {
            super(why);
        }
    }
}

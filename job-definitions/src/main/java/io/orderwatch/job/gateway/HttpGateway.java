package io.orderwatch.job.gateway;

import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpClient.Version;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLException;

/**
 * Posts to services that the operator has set. Follows no redirect, tries nothing twice, keeps to a total deadline
 * however slowly an answer drips in, and reads no more than 16 KiB of it. Owns at most two threads, {@code NAME-n}, beside
 * the one of the JDK's client. Safe for use by many threads.
 */
public final class HttpGateway implements AutoCloseable {

    private static final int MOST_BODY = 16 * 1024;
    private static final int THREADS = 2;
    private static final int WAITING_TASKS = 10_000;

    private final Duration deadline;
    private final ExecutorService threads;
    private final HttpClient client;

    /**
     * @param name of its threads
     * @param deadline from the start of a request to the end of its answer
     */
    public HttpGateway(String name, Duration deadline) {
        this.deadline = deadline;
        AtomicInteger count = new AtomicInteger();
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                30,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(WAITING_TASKS),
                task -> daemon(task, name + "-" + count.incrementAndGet()));
        pool.allowCoreThreadTimeOut(true);
        this.threads = pool;
        this.client = HttpClient.newBuilder()
                .version(Version.HTTP_1_1)
                .followRedirects(Redirect.NEVER)
                .connectTimeout(deadline)
                .executor(pool)
                .build();
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Posts and waits for the answer.
     *
     * @param headers besides the content type; must not break the lines of a header
     * @throws GatewayException when no complete answer came
     */
    public GatewayAnswer post(URI address, String contentType, Map<String, String> headers, String body)
            throws GatewayException, InterruptedException {
        CompletableFuture<GatewayAnswer> answer = postAsync(address, contentType, headers, body);
        try {
            return answer.get(deadline.toMillis() + 1_000, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw late(e);
        } catch (java.util.concurrent.ExecutionException e) {
            throw failure(e.getCause());
        }
    }

    /** As {@link #post}, without waiting; {@link #failure} says what a failed future means. */
    public CompletableFuture<GatewayAnswer> postAsync(
            URI address, String contentType, Map<String, String> headers, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address)
                .timeout(deadline)
                .header("Content-Type", contentType)
                .POST(BodyPublishers.ofString(body, StandardCharsets.UTF_8));
        headers.forEach(request::header);
        CompletableFuture<HttpResponse<byte[]>> exchange =
                client.sendAsync(request.build(), response -> new CappedBytes(MOST_BODY));
        CompletableFuture<GatewayAnswer> answer = exchange.thenApply(response ->
                new GatewayAnswer(response.statusCode(), new String(response.body(), StandardCharsets.UTF_8)));
        // the client's own timeout ends with the headers
        answer.orTimeout(deadline.toMillis(), TimeUnit.MILLISECONDS).whenComplete((done, failed) -> {
            if (failed != null) {
                exchange.cancel(true);
            }
        });
        return answer;
    }

    /** What a failed exchange means. */
    public GatewayException failure(Throwable failed) {
        Throwable cause =
                failed instanceof CompletionException && failed.getCause() != null ? failed.getCause() : failed;
        if (cause instanceof GatewayException known) {
            return known;
        }
        if (cause instanceof ConnectException
                || cause instanceof HttpConnectTimeoutException
                || cause.getCause() instanceof UnresolvedAddressException) {
            return new GatewayException(GatewayException.Why.CONNECT, "no connection" + reason(cause), cause);
        }
        if (cause instanceof HttpTimeoutException || cause instanceof TimeoutException) {
            return late(cause);
        }
        if (cause instanceof SSLException) {
            return new GatewayException(
                    GatewayException.Why.TLS, "no TLS session that can be trusted" + reason(cause), cause);
        }
        return new GatewayException(GatewayException.Why.RESET, "the connection broke" + reason(cause), cause);
    }

    private GatewayException late(Throwable cause) {
        return new GatewayException(
                GatewayException.Why.TIMEOUT, "no complete answer within " + deadline.toMillis() + " ms", cause);
    }

    /** Messages of I/O exceptions may name an address, and addresses may hold a token: only their kind is told. */
    private static String reason(Throwable cause) {
        return cause.getCause() instanceof UnresolvedAddressException
                ? " (the name has no address)"
                : " (" + cause.getClass().getSimpleName() + ")";
    }

    /** Ends its threads; what is under way is given up. The JDK's client ends with the last reference to it. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}

package io.orderwatch.job.notification.websocket;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshakeException;
import io.orderwatch.job.notification.BlockedAddressException;
import io.orderwatch.job.notification.Message;
import io.orderwatch.job.notification.Outcome;
import io.orderwatch.job.notification.Pending;
import io.orderwatch.job.notification.Reply;
import io.orderwatch.job.notification.WebhookHeaders;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import javax.net.ssl.SSLException;

/**
 * One connection to a merchant, and what was sent over it and is not acknowledged. When it fails, all of that fails; it is
 * not used again. Safe for use by many threads.
 */
final class Link implements WireListener {

    private final URI address;
    private final ObjectMapper json = new ObjectMapper();
    private final Map<String, Pending> unacknowledged = new ConcurrentHashMap<>();
    private final CompletableFuture<Wire> connected;
    private CompletableFuture<?> lastWrite = CompletableFuture.completedFuture(null);
    private volatile boolean works = true;
    private volatile long usedAt = System.nanoTime();

    Link(URI address, Function<WireListener, CompletableFuture<Wire>> connect) {
        this.address = address;
        this.connected = connect.apply(this);
        this.connected.whenComplete((socket, failed) -> {
            if (failed != null) {
                end(before(failed));
            } else if (!works) {
                socket.abort();
            }
        });
    }

    URI address() {
        return address;
    }

    boolean works() {
        return works;
    }

    /** How long nothing was sent, nor anything waited for an acknowledgement. */
    Duration idleFor() {
        return unacknowledged.isEmpty() ? Duration.ofNanos(System.nanoTime() - usedAt) : Duration.ZERO;
    }

    void send(Pending pending, WebhookHeaders headers) {
        usedAt = System.nanoTime();
        connected.whenComplete((socket, failed) -> {
            if (failed != null) {
                pending.finish(before(failed));
            } else {
                write(socket, pending, headers);
            }
        });
    }

    /** One frame after the other, so that what waits here is not yet written when it is given up. */
    private synchronized void write(Wire socket, Pending pending, WebhookHeaders headers) {
        lastWrite = lastWrite.handle((done, failed) -> done).thenCompose(ready -> {
            String id = pending.message().id();
            if (!pending.mayBeWritten()) {
                return CompletableFuture.completedFuture(null);
            }
            unacknowledged.values().removeIf(Pending::isFinished);
            unacknowledged.put(id, pending);
            if (!works) {
                unacknowledged.remove(id, pending);
                pending.finish(new Reply.Failed(Outcome.RESET, "The WebSocket was closed", false));
                return CompletableFuture.completedFuture(null);
            }
            return socket.send(frame(pending.message(), headers)).whenComplete((sent, failed) -> {
                if (failed != null) {
                    socket.abort();
                    end(new Reply.Failed(Outcome.RESET, "The WebSocket broke while it was written", true));
                }
            });
        });
    }

    private String frame(Message message, WebhookHeaders headers) {
        Map<String, String> frame = new LinkedHashMap<>(headers.of(message));
        frame.put("event", message.event());
        // a text within the text, since the signature is of these very bytes
        frame.put("body", new String(message.body(), StandardCharsets.UTF_8));
        try {
            return json.writeValueAsString(frame);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Texts can be written as JSON", e);
        }
    }

    @Override
    public void heard(String text) {
        JsonNode said;
        try {
            said = json.readTree(text);
        } catch (JsonProcessingException e) {
            return; // it may talk of other things; what is not acknowledged runs into its deadline
        }
        Pending accepted = unacknowledged.remove(said.path("ack").asText(""));
        if (accepted != null) {
            accepted.finish(new Reply.Accepted());
        }
        Pending refused = unacknowledged.remove(said.path("nack").asText(""));
        if (refused != null) {
            refused.finish(new Reply.Refused(
                    "The merchant refused it: " + said.path("reason").asText("")));
        }
    }

    @Override
    public void ended(String why) {
        end(new Reply.Failed(Outcome.RESET, why, true));
    }

    private void end(Reply reply) {
        works = false;
        unacknowledged.values().forEach(pending -> pending.finish(reply));
        unacknowledged.clear();
    }

    private static Reply before(Throwable failed) {
        Throwable cause = failed;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof BlockedAddressException) {
            return new Reply.Failed(Outcome.BLOCKED, String.valueOf(cause.getMessage()), false);
        }
        if (cause instanceof UnknownHostException) {
            return new Reply.Failed(Outcome.DNS, "The name has no address", false);
        }
        if (cause instanceof SSLException) {
            return new Reply.Failed(Outcome.TLS, String.valueOf(cause.getMessage()), false);
        }
        if (cause instanceof WebSocketClientHandshakeException handshake && handshake.response() != null) {
            return new Reply.Refused(
                    "No WebSocket but HTTP " + handshake.response().status().code());
        }
        String why = cause instanceof ConnectException
                ? "No connection"
                : "No WebSocket (" + cause.getClass().getSimpleName() + ")";
        return new Reply.Failed(Outcome.CONNECT, why, false);
    }

    void close() {
        end(new Reply.Failed(Outcome.RESET, "The WebSocket was closed", true));
        connected.whenComplete((socket, failed) -> {
            if (socket != null) {
                socket.close();
            }
        });
    }
}

package io.orderwatch.job.notification.websocket;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.orderwatch.job.notification.BlockedAddressException;
import io.orderwatch.job.notification.Message;
import io.orderwatch.job.notification.Outcome;
import io.orderwatch.job.notification.Pending;
import io.orderwatch.job.notification.Reply;
import io.orderwatch.job.notification.WebhookHeaders;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a merchant, and what was sent over it and is not acknowledged. When it fails, all of that fails; it is
 * not used again. Safe for use by many threads.
 */
final class Link implements WebSocket.Listener {

    /** An acknowledgement is short; whoever sends more is not read to the end. */
    private static final int LONGEST_FRAME = 64 * 1024;

    private final URI address;
    private final ObjectMapper json = new ObjectMapper();
    private final Map<String, Pending> unacknowledged = new ConcurrentHashMap<>();
    private final StringBuilder partial = new StringBuilder();
    private final CompletableFuture<WebSocket> connected;
    private CompletableFuture<?> lastWrite = CompletableFuture.completedFuture(null);
    private volatile boolean works = true;
    private volatile long usedAt = System.nanoTime();

    Link(URI address, Function<WebSocket.Listener, CompletableFuture<WebSocket>> connect) {
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

    /** One frame after the other: the client takes no second one before the first is written. */
    private synchronized void write(WebSocket socket, Pending pending, WebhookHeaders headers) {
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
            return socket.sendText(frame(pending.message(), headers), true).whenComplete((sent, failed) -> {
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
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
        if (partial.length() + data.length() > LONGEST_FRAME) {
            socket.abort();
            end(new Reply.Failed(Outcome.RESET, "The merchant sent more than " + LONGEST_FRAME + " characters", true));
            return null;
        }
        partial.append(data);
        if (last) {
            String text = partial.toString();
            partial.setLength(0);
            heard(text);
        }
        socket.request(1);
        return null;
    }

    private void heard(String text) {
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
    public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
        socket.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
        end(new Reply.Failed(Outcome.RESET, "The merchant closed the WebSocket (" + code + ")", true));
        return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
        end(new Reply.Failed(
                Outcome.RESET, "The WebSocket broke: " + error.getClass().getSimpleName(), true));
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
        if (cause instanceof UnknownHostException || cause.getCause() instanceof UnresolvedAddressException) {
            return new Reply.Failed(Outcome.DNS, "The name has no address", false);
        }
        if (cause instanceof SSLException) {
            return new Reply.Failed(Outcome.TLS, String.valueOf(cause.getMessage()), false);
        }
        if (cause instanceof WebSocketHandshakeException handshake) {
            return new Reply.Refused(
                    "No WebSocket but HTTP " + handshake.getResponse().statusCode());
        }
        String why = cause instanceof ConnectException || cause instanceof HttpConnectTimeoutException
                ? "No connection"
                : "No WebSocket (" + cause.getClass().getSimpleName() + ")";
        return new Reply.Failed(Outcome.CONNECT, why, false);
    }

    void close() {
        end(new Reply.Failed(Outcome.RESET, "The WebSocket was closed", true));
        connected.whenComplete((socket, failed) -> {
            if (socket != null) {
                socket.sendClose(WebSocket.NORMAL_CLOSURE, "").whenComplete((sent, broken) -> socket.abort());
            }
        });
    }
}

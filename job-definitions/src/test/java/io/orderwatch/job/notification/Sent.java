package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.Endpoint;
import io.orderwatch.dao.notification.Pace;
import io.orderwatch.dao.notification.Preference;
import io.orderwatch.dao.notification.Secrets;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Sends through a channel as delivery would, and waits for what comes of it. */
public final class Sent {

    /** What signatures are made with. */
    public static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    /** As the scan writes it. */
    public static final String BODY = "{\"type\":\"order.paid\",\"data\":{\"order_no\":\"T-1001\",\"status\":\"PAID\","
            + "\"amount\":\"12.30\",\"currency\":\"EUR\",\"attributes\":{\"note\":\"茶\"}}}";

    private Sent() {}

    /** An endpoint of which nothing more is said. */
    public static Endpoint endpoint(String channel, String url) {
        return endpoint(channel, url, SECRET);
    }

    /** One with a secret of its own. */
    public static Endpoint endpoint(String channel, String url, String secret) {
        return new Endpoint(
                5, 7, channel, url, new Secrets(secret, null), Preference.USUAL, Pace.atATime(64), Set.of());
    }

    /** A message of that id. */
    public static Message message(long id, Duration within) {
        return new Message(Message.id(id), "PAID", BODY.getBytes(StandardCharsets.UTF_8), within);
    }

    /** What comes of a message within ten seconds and its own deadline. */
    public static Reply reply(Target target, long id) throws InterruptedException {
        return reply(target, message(id, Duration.ofSeconds(10)), null);
    }

    /** @param objection what the last look says */
    public static Reply reply(Target target, Message message, @Nullable String objection) throws InterruptedException {
        CompletableFuture<Reply> reply = start(target, message, objection);
        try {
            return reply.get(message.within().toMillis() + 10_000, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError("Nothing was told of " + message.id(), e);
        }
    }

    /** Does not wait. */
    public static CompletableFuture<Reply> start(Target target, Message message, @Nullable String objection) {
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        target.send(message, () -> objection, told -> {
            if (!reply.complete(told)) {
                throw new AssertionError("It was told twice of " + message.id());
            }
        });
        return reply;
    }

    /** What the endpoint's signature of a message must be. */
    public static String signature(Message message, String timestamp) {
        return Signature.with(new Secrets(SECRET, null)).sign(message.id(), Long.parseLong(timestamp), message.body());
    }
}

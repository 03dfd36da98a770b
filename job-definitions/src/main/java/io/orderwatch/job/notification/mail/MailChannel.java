package io.orderwatch.job.notification.mail;

import io.orderwatch.dao.notification.Endpoint;
import io.orderwatch.job.mail.MailException;
import io.orderwatch.job.mail.Mailer;
import io.orderwatch.job.notification.Channel;
import io.orderwatch.job.notification.Deadlines;
import io.orderwatch.job.notification.Digest;
import io.orderwatch.job.notification.Message;
import io.orderwatch.job.notification.Outcome;
import io.orderwatch.job.notification.Pending;
import io.orderwatch.job.notification.Reply;
import io.orderwatch.job.notification.Target;
import io.orderwatch.job.notification.WebhookHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Mails notifications to {@code mailto:ADDRESS} through the server of the configuration: the order in the subject, the
 * JSON as text, id and signature as headers. Owns at most four threads, {@code notify-mail-n}.
 */
public final class MailChannel implements Channel {

    /** As {@code merchant_endpoints.channel} has it. */
    public static final String NAME = "EMAIL";

    private static final String SCHEME = "mailto:";
    private static final int THREADS = 4;
    private static final int WAITING = 200;

    private final Mailer mailer;
    private final Deadlines deadlines;
    private final InstantSource clock;
    private final ThreadPoolExecutor threads;

    /** @param deadlines stays the caller's to close, after this */
    public MailChannel(Mailer mailer, Deadlines deadlines, InstantSource clock) {
        this.mailer = mailer;
        this.deadlines = deadlines;
        this.clock = clock;
        AtomicInteger count = new AtomicInteger();
        this.threads = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                30,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(WAITING),
                task -> new Thread(task, "notify-mail-" + count.incrementAndGet()));
        this.threads.allowCoreThreadTimeOut(true);
    }

    @Override
    public Target target(Endpoint endpoint) {
        String address = endpoint.url().strip();
        if (!address.regionMatches(true, 0, SCHEME, 0, SCHEME.length()) || address.contains("?")) {
            throw new IllegalArgumentException("the address does not look like mailto:orders@shop.example");
        }
        String to = address.substring(SCHEME.length());
        Mailer.check(to);
        return new MailTarget(endpoint, to, new WebhookHeaders(endpoint, clock));
    }

    private final class MailTarget implements Target {

        private final Endpoint endpoint;
        private final String to;
        private final WebhookHeaders headers;

        MailTarget(Endpoint endpoint, String to, WebhookHeaders headers) {
            this.endpoint = endpoint;
            this.to = to;
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
                threads.execute(() -> mail(pending, to, headers));
            } catch (RejectedExecutionException e) {
                pending.finish(new Reply.Withheld("the mail server is busy"));
            }
        }
    }

    private void mail(Pending pending, String to, WebhookHeaders headers) {
        Message message = pending.message();
        if (!pending.mayBeWritten()) {
            return;
        }
        try {
            mailer.send(
                    to,
                    Digest.of(message).line(),
                    new String(message.body(), StandardCharsets.UTF_8),
                    message.id(),
                    headers.of(message),
                    clock.instant());
            pending.finish(new Reply.Accepted());
        } catch (MailException e) {
            pending.finish(reply(e));
        } catch (RuntimeException e) {
            pending.fail(
                    Outcome.RESET, "The mail could not be sent: " + e.getClass().getSimpleName());
            throw e;
        }
    }

    private static Reply reply(MailException e) {
        return switch (e.why()) {
            case CONNECT -> new Reply.Failed(Outcome.CONNECT, e.getMessage(), false);
            case TLS -> new Reply.Failed(Outcome.TLS, e.getMessage(), false);
            case TIMEOUT -> new Reply.Failed(Outcome.TIMEOUT, e.getMessage(), true);
            case REFUSED -> new Reply.Refused(e.getMessage());
            case RESET -> new Reply.Failed(Outcome.RESET, e.getMessage(), true);
        };
    }

    /** Ends its threads; what is under way is given up. */
    @Override
    public void close() {
        threads.shutdownNow();
        try {
            threads.awaitTermination(Duration.ofSeconds(2).toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

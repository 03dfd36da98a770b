package io.orderwatch.job.notification.sms;

import io.orderwatch.dao.notification.Endpoint;
import io.orderwatch.job.gateway.GatewayAnswer;
import io.orderwatch.job.gateway.GatewayException;
import io.orderwatch.job.gateway.HttpGateway;
import io.orderwatch.job.gateway.SmsGateway;
import io.orderwatch.job.gateway.SmsSettings;
import io.orderwatch.job.notification.Channel;
import io.orderwatch.job.notification.Deadlines;
import io.orderwatch.job.notification.Digest;
import io.orderwatch.job.notification.Message;
import io.orderwatch.job.notification.Outcome;
import io.orderwatch.job.notification.Pending;
import io.orderwatch.job.notification.Places;
import io.orderwatch.job.notification.Reply;
import io.orderwatch.job.notification.Target;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends short messages to {@code tel:NUMBER} through the HTTP gateway of the configuration: one line on the order. Any
 * 2xx of the gateway is a success.
 */
public final class SmsChannel implements Channel {

    /** As {@code merchant_endpoints.channel} has it. */
    public static final String NAME = "SMS";

    private static final int AT_A_TIME = 64;

    private final HttpGateway http;
    private final SmsGateway gateway;
    private final Deadlines deadlines;
    private final Semaphore slots = new Semaphore(AT_A_TIME);

    /**
     * @param deadline of a request to the gateway
     * @param deadlines stays the caller's to close, after this
     */
    public SmsChannel(SmsSettings settings, Duration deadline, Deadlines deadlines) {
        this.http = new HttpGateway("notify-sms", deadline);
        this.gateway = new SmsGateway(settings, http);
        this.deadlines = deadlines;
    }

    @Override
    public Target target(Endpoint endpoint) {
        String number =
                Places.parts(endpoint.url(), "tel", 1, "tel:+4912345678").get(0);
        if (!number.matches("\\+?\\d{3,20}")) {
            throw new IllegalArgumentException("the address does not look like tel:+4912345678");
        }
        return new SmsTarget(endpoint, number);
    }

    private final class SmsTarget implements Target {

        private final Endpoint endpoint;
        private final String number;

        SmsTarget(Endpoint endpoint, String number) {
            this.endpoint = endpoint;
            this.number = number;
        }

        @Override
        public Endpoint endpoint() {
            return endpoint;
        }

        @Override
        public void send(Message message, Supplier<@Nullable String> lastLook, Consumer<Reply> then) {
            if (!slots.tryAcquire()) {
                then.accept(new Reply.Withheld("the SMS gateway is busy"));
                return;
            }
            Pending pending = deadlines.start(message, lastLook, reply -> {
                slots.release();
                then.accept(reply);
            });
            try {
                if (pending.mayBeWritten()) {
                    gateway.send(number, Digest.of(message).line(), message.id())
                            .whenComplete((answer, failed) -> told(pending, answer, failed));
                }
            } catch (RejectedExecutionException e) {
                pending.finish(new Reply.Withheld("the channel is closed"));
            }
        }
    }

    private void told(Pending pending, @Nullable GatewayAnswer answer, @Nullable Throwable failed) {
        if (answer != null) {
            // the body is the gateway's: it may repeat what it was sent, the authorization among it
            pending.finish(
                    answer.good()
                            ? new Reply.Accepted()
                            : new Reply.Refused("The SMS gateway answered HTTP " + answer.status()));
            return;
        }
        GatewayException e = gateway.failure(failed);
        Outcome why =
                switch (e.why()) {
                    case CONNECT -> Outcome.CONNECT;
                    case TLS -> Outcome.TLS;
                    case TIMEOUT -> Outcome.TIMEOUT;
                    case RESET -> Outcome.RESET;
                };
        pending.finish(new Reply.Failed(why, "SMS gateway: " + e.getMessage(), e.written()));
    }

    @Override
    public void close() {
        http.close();
    }
}

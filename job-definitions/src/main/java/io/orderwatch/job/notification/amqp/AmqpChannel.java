package io.orderwatch.job.notification.amqp;

import io.orderwatch.dao.notification.Endpoint;
import io.orderwatch.job.notification.Channel;
import io.orderwatch.job.notification.Deadlines;
import io.orderwatch.job.notification.Message;
import io.orderwatch.job.notification.Pending;
import io.orderwatch.job.notification.Places;
import io.orderwatch.job.notification.Reply;
import io.orderwatch.job.notification.Target;
import io.orderwatch.job.notification.WebhookHeaders;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Publishes notifications to {@code amqp:EXCHANGE/ROUTING-KEY} of the broker of the configuration. A notification is
 * delivered when the broker has confirmed it and had a queue for it: persistent, mandatory, with publisher confirms.
 */
public final class AmqpChannel implements Channel {

    /** As {@code merchant_endpoints.channel} has it. */
    public static final String NAME = "RABBITMQ";

    private static final String EXPECTED = "amqp:EXCHANGE/ROUTING-KEY";

    private final Publisher publisher;
    private final Deadlines deadlines;
    private final InstantSource clock;

    /** @param deadlines stays the caller's to close, after this */
    public AmqpChannel(AmqpSettings settings, Deadlines deadlines, InstantSource clock) {
        this.publisher = new Publisher(settings, clock);
        this.deadlines = deadlines;
        this.clock = clock;
    }

    @Override
    public Target target(Endpoint endpoint) {
        List<String> parts = Places.parts(endpoint.url(), "amqp", 2, EXPECTED);
        if (parts.get(0).length() > 127
                || parts.get(1).isEmpty()
                || parts.get(1).length() > 127) {
            throw new IllegalArgumentException("the address does not look like " + EXPECTED);
        }
        return new AmqpTarget(endpoint, parts.get(0), parts.get(1), new WebhookHeaders(endpoint, clock));
    }

    private final class AmqpTarget implements Target {

        private final Endpoint endpoint;
        private final String exchange;
        private final String routingKey;
        private final WebhookHeaders headers;

        AmqpTarget(Endpoint endpoint, String exchange, String routingKey, WebhookHeaders headers) {
            this.endpoint = endpoint;
            this.exchange = exchange;
            this.routingKey = routingKey;
            this.headers = headers;
        }

        @Override
        public Endpoint endpoint() {
            return endpoint;
        }

        @Override
        public void send(Message message, Supplier<@Nullable String> lastLook, Consumer<Reply> then) {
            Pending pending = deadlines.start(message, lastLook, then);
            publisher.publish(new Publication(pending, exchange, routingKey, headers));
        }
    }

    @Override
    public void close() {
        publisher.close();
    }
}

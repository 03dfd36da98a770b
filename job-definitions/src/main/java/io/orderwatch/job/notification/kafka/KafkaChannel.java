package io.orderwatch.job.notification.kafka;

import io.orderwatch.dao.notification.Endpoint;
import io.orderwatch.job.notification.Channel;
import io.orderwatch.job.notification.Deadlines;
import io.orderwatch.job.notification.Digest;
import io.orderwatch.job.notification.Message;
import io.orderwatch.job.notification.Outcome;
import io.orderwatch.job.notification.Pending;
import io.orderwatch.job.notification.Places;
import io.orderwatch.job.notification.Reply;
import io.orderwatch.job.notification.Target;
import io.orderwatch.job.notification.WebhookHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes notifications to {@code kafka:TOPIC} of the cluster of the configuration, all in-sync replicas asked, under the
 * order's number as key, so that what happened to an order keeps its order. The producer is idempotent: what it sends
 * again by itself after a broken connection is in the topic once.
 *
 * <p>The producer is made when there is something to send. It may block while it looks for a topic, so only the thread
 * {@code notify-kafka} calls it; what waits for that thread is bounded.
 */
public final class KafkaChannel implements Channel {

    /** As {@code merchant_endpoints.channel} has it. */
    public static final String NAME = "KAFKA";

    private static final Logger LOG = LoggerFactory.getLogger(KafkaChannel.class);
    private static final int WAITING = 1_000;
    private static final int BUFFER = 16 * 1024 * 1024;
    private static final Duration END = Duration.ofSeconds(2);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final KafkaSettings settings;
    private final Deadlines deadlines;
    private final InstantSource clock;
    private final ThreadPoolExecutor thread;

    // of the thread alone, but for the closing
    private volatile @Nullable Producer<String, byte[]> producer;
    // of the thread alone: looking for a topic that is not there takes seconds, which are those of all the others
    private final Map<String, Missed> missed = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Missed> eldest) {
            return size() > WAITING;
        }
    };

    private record Missed(Reply reply, long until) {}

    /** @param deadlines stays the caller's to close, after this */
    public KafkaChannel(KafkaSettings settings, Deadlines deadlines, InstantSource clock) {
        this.settings = settings;
        this.deadlines = deadlines;
        this.clock = clock;
        this.thread = new ThreadPoolExecutor(
                1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING), task -> new Thread(task, "notify-kafka"));
    }

    @Override
    public Target target(Endpoint endpoint) {
        String topic = Places.parts(endpoint.url(), "kafka", 1, "kafka:TOPIC").get(0);
        if (!topic.matches("[A-Za-z0-9._-]{1,249}") || topic.matches("\\.{1,2}")) {
            throw new IllegalArgumentException("the address does not look like kafka:TOPIC");
        }
        return new KafkaTarget(endpoint, topic, new WebhookHeaders(endpoint, clock));
    }

    private final class KafkaTarget implements Target {

        private final Endpoint endpoint;
        private final String topic;
        private final WebhookHeaders headers;

        KafkaTarget(Endpoint endpoint, String topic, WebhookHeaders headers) {
            this.endpoint = endpoint;
            this.topic = topic;
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
                thread.execute(() -> produce(pending, topic, headers));
            } catch (RejectedExecutionException e) {
                pending.finish(new Reply.Withheld("too much waits for Kafka"));
            }
        }
    }

    private void produce(Pending pending, String topic, WebhookHeaders headers) {
        Message message = pending.message();
        try {
            Producer<String, byte[]> open = producer();
            if (!knows(open, topic, pending) || !pending.mayBeWritten()) {
                return;
            }
            String orderNo = Digest.of(message).orderNo();
            ProducerRecord<String, byte[]> record =
                    new ProducerRecord<>(topic, orderNo.isEmpty() ? message.id() : orderNo, message.body());
            headers.of(message)
                    .forEach((name, value) -> record.headers().add(name, value.getBytes(StandardCharsets.US_ASCII)));
            open.send(record, (written, failed) -> {
                if (failed == null) {
                    pending.finish(new Reply.Accepted());
                } else {
                    pending.finish(reply(failed, true));
                }
            });
        } catch (KafkaException e) {
            pending.finish(reply(e, false));
        } catch (RuntimeException e) {
            LOG.error("Notification {} cannot be written to Kafka", message.id(), e);
            pending.fail(Outcome.RESET, "It could not be sent: " + e.getClass().getSimpleName());
        }
    }

    /** Looks for the topic before anything is written. False: it is not there, and the message was told so. */
    private boolean knows(Producer<String, byte[]> open, String topic, Pending pending) {
        Missed before = missed.get(topic);
        if (before != null && System.nanoTime() - before.until() < 0) {
            pending.finish(before.reply());
            return false;
        }
        try {
            open.partitionsFor(topic);
            missed.remove(topic);
            return true;
        } catch (KafkaException e) {
            Reply reply = reply(e, false);
            missed.put(topic, new Missed(reply, System.nanoTime() + LONGEST_PAUSE.toNanos()));
            pending.finish(reply);
            return false;
        }
    }

    private Producer<String, byte[]> producer() {
        Producer<String, byte[]> open = producer;
        if (open == null) {
            Map<String, Object> properties = new HashMap<>(settings.more());
            properties.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, settings.servers());
            properties.put(ProducerConfig.CLIENT_ID_CONFIG, "orderwatch");
            properties.put(ProducerConfig.ACKS_CONFIG, "all");
            properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
            properties.put(ProducerConfig.LINGER_MS_CONFIG, 0);
            properties.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "none");
            properties.put(ProducerConfig.BUFFER_MEMORY_CONFIG, BUFFER);
            properties.put(
                    ProducerConfig.MAX_BLOCK_MS_CONFIG,
                    settings.connectTimeout().toMillis());
            int deadline = Math.toIntExact(settings.deadline().toMillis());
            properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, deadline);
            properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.max(1, deadline / 2));
            properties.put(ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, LONGEST_PAUSE.toMillis());
            properties.put(
                    ProducerConfig.SOCKET_CONNECTION_SETUP_TIMEOUT_MS_CONFIG,
                    settings.connectTimeout().toMillis());
            properties.put(
                    ProducerConfig.SOCKET_CONNECTION_SETUP_TIMEOUT_MAX_MS_CONFIG,
                    settings.connectTimeout().toMillis());
            open = new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
            producer = open;
            LOG.info("A producer for {} was made", settings);
        }
        return open;
    }

    /** @param handed whether the producer had taken it: only then may it have arrived */
    private static Reply reply(Exception failed, boolean handed) {
        String detail = "Kafka: "
                + String.valueOf(failed.getMessage()).lines().findFirst().orElse("");
        if (failed instanceof SslAuthenticationException) {
            return new Reply.Failed(Outcome.TLS, detail, false);
        }
        if (failed instanceof AuthenticationException
                || failed instanceof AuthorizationException
                || failed instanceof InvalidTopicException
                || failed instanceof UnknownTopicOrPartitionException
                || failed instanceof RecordTooLargeException) {
            return new Reply.Refused(detail);
        }
        if (!handed) {
            return new Reply.Failed(Outcome.CONNECT, detail, false);
        }
        return new Reply.Failed(failed instanceof TimeoutException ? Outcome.TIMEOUT : Outcome.RESET, detail, true);
    }

    /** Ends its threads; what is under way is given up. */
    @Override
    public void close() {
        thread.shutdownNow();
        try {
            thread.awaitTermination(END.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Producer<String, byte[]> open = producer;
        if (open != null) {
            open.close(END);
        }
    }
}

package io.orderwatch.job.notification.kafka;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.job.notification.Deadlines;
import io.orderwatch.job.notification.Message;
import io.orderwatch.job.notification.Outcome;
import io.orderwatch.job.notification.Reply;
import io.orderwatch.job.notification.Sent;
import io.orderwatch.job.notification.Target;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** Against a real broker. */
@TestInstance(Lifecycle.PER_CLASS)
class KafkaChannelIT {

    private static final String TOPIC = "orders.paid";

    private Kafka kafka;
    private Deadlines deadlines;
    private KafkaChannel channel;

    @BeforeAll
    void startBroker(@TempDir Path folder) throws Exception {
        kafka = new Kafka(folder);
        try (Admin admin = kafka.admin()) {
            admin.createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1))).all().get(30, TimeUnit.SECONDS);
        }
    }

    @AfterAll
    void stopBroker() {
        kafka.close();
    }

    @BeforeEach
    void start() {
        deadlines = new Deadlines();
        channel = channel(Map.of());
    }

    @AfterEach
    void stop() {
        channel.close();
        deadlines.close();
    }

    @Test
    void acknowledged_message_is_in_its_topic_under_the_order_and_signed() throws Exception {
        long before = records().size();
        assertEquals(new Reply.Accepted(), Sent.reply(target("kafka:" + TOPIC), 1));
        List<ConsumerRecord<String, byte[]>> records = records();
        assertEquals(before + 1, records.size());
        ConsumerRecord<String, byte[]> record = records.get(records.size() - 1);
        assertEquals("T-1001", record.key(), "what happens to an order stays in its order");
        assertEquals(Sent.BODY, new String(record.value(), StandardCharsets.UTF_8));
        assertEquals("ow_1", header(record.headers(), "webhook-id"));
        assertEquals(
                Sent.signature(Sent.message(1, Duration.ofSeconds(1)), header(record.headers(), "webhook-timestamp")),
                header(record.headers(), "webhook-signature"));
    }

    @Test
    void topic_that_is_not_there_is_refused_once_for_all_and_others_go_on() throws Exception {
        CompletableFuture<Reply> first =
                Sent.start(target("kafka:no-such-topic"), Sent.message(1, Duration.ofSeconds(10)), null);
        List<CompletableFuture<Reply>> good = new ArrayList<>();
        List<CompletableFuture<Reply>> bad = new ArrayList<>();
        for (int i = 2; i < 52; i++) {
            bad.add(Sent.start(target("kafka:no-such-topic"), Sent.message(i, Duration.ofSeconds(10)), null));
            good.add(Sent.start(target("kafka:" + TOPIC), Sent.message(i, Duration.ofSeconds(10)), null));
        }
        assertFalse(first.get(10, TimeUnit.SECONDS) instanceof Reply.Accepted);
        for (CompletableFuture<Reply> each : good) {
            assertEquals(new Reply.Accepted(), each.get(10, TimeUnit.SECONDS));
        }
        for (CompletableFuture<Reply> each : bad) {
            Reply reply = each.get(10, TimeUnit.SECONDS);
            assertTrue(
                    reply instanceof Reply.Refused || reply instanceof Reply.Failed failed && !failed.written(),
                    reply.toString());
        }
    }

    @Test
    void withheld_message_is_not_written() throws Exception {
        long before = records().size();
        Message message = Sent.message(1, Duration.ofSeconds(10));
        assertEquals(new Reply.Withheld("not ours"), Sent.reply(target("kafka:" + TOPIC), message, "not ours"));
        assertEquals(before, records().size());
    }

    @Test
    void cluster_that_is_not_there_is_no_connection() throws Exception {
        KafkaSettings nowhere =
                new KafkaSettings("127.0.0.1:9", Duration.ofMillis(800), Duration.ofSeconds(4), Map.of());
        try (KafkaChannel away = new KafkaChannel(nowhere, deadlines, InstantSource.system())) {
            Reply reply = Sent.reply(away.target(Sent.endpoint(KafkaChannel.NAME, "kafka:x")), 1);
            Reply.Failed failed = assertInstanceOf(Reply.Failed.class, reply);
            assertEquals(Outcome.CONNECT, failed.why(), failed.detail());
            assertFalse(failed.written());
        }
    }

    @Test
    void record_that_is_too_large_is_refused() throws Exception {
        try (KafkaChannel small = channel(Map.of("max.request.size", "100"))) {
            Reply reply = Sent.reply(small.target(Sent.endpoint(KafkaChannel.NAME, "kafka:" + TOPIC)), 1);
            assertInstanceOf(Reply.Refused.class, reply);
        }
    }

    @Test
    void closed_channel_takes_nothing_and_leaves_no_thread() throws Exception {
        assertEquals(new Reply.Accepted(), Sent.reply(target("kafka:" + TOPIC), 1));
        channel.close();
        assertInstanceOf(Reply.Withheld.class, Sent.reply(target("kafka:" + TOPIC), 2));
        await().atMost(Duration.ofSeconds(10)).until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("notify-kafka")
                        || thread.getName().contains("producer-network-thread | orderwatch")));
    }

    @Test
    void addresses_that_are_none_are_refused() {
        for (String bad : List.of("http://x/y", "kafka:", "kafka:a/b", "kafka:..", "kafka:a b", "kafka://host/topic")) {
            assertThrows(IllegalArgumentException.class, () -> target(bad), bad);
        }
    }

    private Target target(String url) {
        return channel.target(Sent.endpoint(KafkaChannel.NAME, url));
    }

    private KafkaChannel channel(Map<String, String> more) {
        return new KafkaChannel(
                new KafkaSettings(kafka.servers(), Duration.ofSeconds(2), Duration.ofSeconds(8), more),
                deadlines,
                InstantSource.system());
    }

    private List<ConsumerRecord<String, byte[]>> records() {
        Map<String, Object> properties = Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                kafka.servers(),
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest");
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(TOPIC, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofSeconds(1)).forEach(records::add);
            }
            return records;
        }
    }

    private static String header(Headers headers, String name) {
        return new String(headers.lastHeader(name).value(), StandardCharsets.US_ASCII);
    }
}

package io.orderwatch.job.notification.amqp;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a real broker that speaks AMQP 0-9-1. */
class AmqpChannelIT {

    private final Deadlines deadlines = new Deadlines();
    private Broker broker;
    private AmqpChannel channel;

    @TempDir
    Path folder;

    @BeforeEach
    void start() throws Exception {
        broker = new Broker(folder);
        channel = channel(Broker.PASSWORD);
    }

    @AfterEach
    void stop() {
        channel.close();
        deadlines.close();
        broker.close();
    }

    @Test
    void confirmed_message_is_in_its_queue_with_all_that_a_merchant_needs() throws Exception {
        try (Connection merchant = merchant();
                Channel queue = merchant.createChannel()) {
            queue.queueDeclare("paid", true, false, false, null);
            queue.queueBind("paid", "amq.topic", "orders.#");
            Target target = target("amqp:amq.topic/orders.paid");
            assertEquals(new Reply.Accepted(), Sent.reply(target, 1));
            GetResponse got = queue.basicGet("paid", true);
            assertEquals(Sent.BODY, new String(got.getBody(), StandardCharsets.UTF_8));
            assertEquals("ow_1", got.getProps().getMessageId());
            assertEquals("application/json", got.getProps().getContentType());
            assertEquals(2, got.getProps().getDeliveryMode(), "it survives a restart of the broker");
            String timestamp =
                    got.getProps().getHeaders().get("webhook-timestamp").toString();
            assertEquals(
                    Sent.signature(Sent.message(1, Duration.ofSeconds(1)), timestamp),
                    got.getProps().getHeaders().get("webhook-signature").toString());
            // the default exchange: the routing key is a queue
            assertEquals(new Reply.Accepted(), Sent.reply(target("amqp:/paid"), 2));
            assertEquals("ow_2", queue.basicGet("paid", true).getProps().getMessageId());
        }
    }

    @Test
    void what_no_queue_takes_is_refused_and_harms_no_neighbour() throws Exception {
        try (Connection merchant = merchant();
                Channel queue = merchant.createChannel()) {
            queue.queueDeclare("paid", true, false, false, null);
            List<CompletableFuture<Reply>> replies = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                String url =
                        i % 3 == 0 ? "amqp:/paid" : i % 3 == 1 ? "amqp:amq.direct/nobody" : "amqp:no-such-exchange/x";
                replies.add(Sent.start(target(url), Sent.message(i, Duration.ofSeconds(20)), null));
            }
            for (int i = 0; i < 300; i++) {
                Reply reply = replies.get(i).get(20, TimeUnit.SECONDS);
                if (i % 3 == 0) {
                    assertEquals(new Reply.Accepted(), reply);
                } else {
                    String why = assertInstanceOf(Reply.Refused.class, reply).detail();
                    // this broker refuses what it can route nowhere, and says why only afterwards
                    assertTrue(why.contains(i % 3 == 1 ? "could not keep it" : "no exchange"), why);
                }
            }
            assertEquals(100, queue.messageCount("paid"));
        }
    }

    @Test
    void withheld_message_is_not_written() throws Exception {
        try (Connection merchant = merchant();
                Channel queue = merchant.createChannel()) {
            queue.queueDeclare("paid", true, false, false, null);
            Message message = Sent.message(1, Duration.ofSeconds(5));
            assertEquals(new Reply.Withheld("not ours"), Sent.reply(target("amqp:/paid"), message, "not ours"));
            assertNull(queue.basicGet("paid", true));
        }
    }

    @Test
    void broker_that_goes_away_fails_what_is_sent_and_is_used_again_when_it_is_back() throws Exception {
        declare();
        assertEquals(new Reply.Accepted(), Sent.reply(target("amqp:/paid"), 1));
        broker.close();
        await().atMost(Duration.ofSeconds(10)).until(() -> {
            Reply reply = Sent.reply(target("amqp:/paid"), Sent.message(2, Duration.ofSeconds(3)), null);
            return reply instanceof Reply.Failed failed && failed.why() == Outcome.CONNECT && !failed.written();
        });
        broker.start();
        declare();
        await().atMost(Duration.ofSeconds(15)).until(() -> {
            Reply reply = Sent.reply(target("amqp:/paid"), Sent.message(3, Duration.ofSeconds(3)), null);
            return reply instanceof Reply.Accepted;
        });
    }

    @Test
    void wrong_password_is_no_connection_and_is_not_shown() throws Exception {
        try (AmqpChannel wrong = channel("open-sesame")) {
            Reply reply = Sent.reply(wrong.target(Sent.endpoint(AmqpChannel.NAME, "amqp:/paid")), 1);
            Reply.Failed failed = assertInstanceOf(Reply.Failed.class, reply);
            assertEquals(Outcome.CONNECT, failed.why());
            assertFalse(failed.detail().contains("open-sesame"), failed.detail());
            assertFalse(failed.written());
        }
    }

    @Test
    void closed_channel_takes_nothing_and_leaves_no_thread() throws Exception {
        declare();
        assertEquals(new Reply.Accepted(), Sent.reply(target("amqp:/paid"), 1));
        channel.close();
        assertInstanceOf(Reply.Withheld.class, Sent.reply(target("amqp:/paid"), 2));
        await().atMost(Duration.ofSeconds(10)).until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("notify-amqp")));
    }

    @Test
    void addresses_that_are_none_are_refused() {
        for (String bad : List.of("http://x/y", "amqp:x", "amqp:a/b/c", "amqp:a/", "amqp://host/vhost", "amqp:%zz/x")) {
            assertThrows(IllegalArgumentException.class, () -> target(bad), bad);
        }
        assertEquals("amqp:a%2Fb/k", target("amqp:a%2Fb/k").endpoint().url());
    }

    private void declare() throws Exception {
        try (Connection merchant = merchant();
                Channel queue = merchant.createChannel()) {
            queue.queueDeclare("paid", true, false, false, null);
        }
    }

    private Target target(String url) {
        return channel.target(Sent.endpoint(AmqpChannel.NAME, url));
    }

    private AmqpChannel channel(String password) {
        AmqpSettings settings = new AmqpSettings(broker.uri(), Broker.USER, password, Duration.ofSeconds(3));
        return new AmqpChannel(settings, deadlines, InstantSource.system());
    }

    private Connection merchant() throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri(broker.uri());
        factory.setUsername(Broker.USER);
        factory.setPassword(Broker.PASSWORD);
        return factory.newConnection();
    }
}

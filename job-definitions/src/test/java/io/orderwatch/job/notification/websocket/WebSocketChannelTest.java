package io.orderwatch.job.notification.websocket;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.channel.Channel;
import io.orderwatch.dao.notification.Endpoint;
import io.orderwatch.job.Authority;
import io.orderwatch.job.SelfSigned;
import io.orderwatch.job.notification.AddressPolicy;
import io.orderwatch.job.notification.Deadlines;
import io.orderwatch.job.notification.Message;
import io.orderwatch.job.notification.Outcome;
import io.orderwatch.job.notification.Reply;
import io.orderwatch.job.notification.Sent;
import io.orderwatch.job.notification.Target;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a server on the loopback address. */
class WebSocketChannelTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final BiConsumer<Channel, String> ACKNOWLEDGE =
            (connection, text) -> Listening.say(connection, "{\"ack\": \"" + id(text) + "\"}");

    private final Deadlines deadlines = new Deadlines();
    private Listening merchant;
    private WebSocketChannel channel;

    @BeforeEach
    void start() throws InterruptedException {
        merchant = new Listening(ACKNOWLEDGE);
        channel = channel(InetAddress::getAllByName, Duration.ofMinutes(1), 10);
    }

    @AfterEach
    void stop() {
        channel.close();
        deadlines.close();
        merchant.close();
    }

    @Test
    void acknowledged_message_is_delivered_and_signed() throws Exception {
        assertEquals(new Reply.Accepted(), Sent.reply(target(), 1));
        JsonNode frame = JSON.readTree(merchant.heard().get(0));
        assertEquals("ow_1", frame.get("webhook-id").asText());
        assertEquals("PAID", frame.get("event").asText());
        assertEquals(Sent.BODY, frame.get("body").asText(), "byte for byte what is signed");
        assertEquals(
                Sent.signature(
                        Sent.message(1, Duration.ofSeconds(1)),
                        frame.get("webhook-timestamp").asText()),
                frame.get("webhook-signature").asText());
    }

    @Test
    void many_at_once_share_one_connection() throws Exception {
        Target target = target();
        List<CompletableFuture<Reply>> replies = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            replies.add(Sent.start(target, Sent.message(i, Duration.ofSeconds(20)), null));
        }
        for (CompletableFuture<Reply> reply : replies) {
            assertEquals(new Reply.Accepted(), reply.get(20, TimeUnit.SECONDS));
        }
        assertEquals(1, merchant.connections().size());
        assertEquals(500, merchant.heard().size());
    }

    @Test
    void what_is_not_acknowledged_runs_into_its_deadline_and_may_have_arrived() throws Exception {
        merchant.answer((connection, text) -> Listening.say(connection, "{\"ack\": \"ow_999\"} "));
        Reply reply = Sent.reply(target(), Sent.message(1, Duration.ofMillis(600)), null);
        assertEquals(new Reply.Failed(Outcome.TIMEOUT, "No answer within 600 ms", true), reply);
    }

    @Test
    void merchant_may_refuse() throws Exception {
        merchant.answer((connection, text) ->
                Listening.say(connection, "{\"nack\": \"" + id(text) + "\", \"reason\": \"unknown order\"}"));
        assertEquals(new Reply.Refused("The merchant refused it: unknown order"), Sent.reply(target(), 1));
    }

    @Test
    void merchant_that_hangs_up_is_called_again_the_next_time() throws Exception {
        merchant.answer((connection, text) -> connection.close());
        Reply.Failed failed = assertInstanceOf(Reply.Failed.class, Sent.reply(target(), 1));
        assertEquals(Outcome.RESET, failed.why());
        assertTrue(failed.written());
        merchant.answer(ACKNOWLEDGE);
        assertEquals(new Reply.Accepted(), Sent.reply(target(), 2));
        assertEquals(2, merchant.connections().size());
    }

    @Test
    void merchant_that_talks_without_end_is_cut_off() throws Exception {
        merchant.answer((connection, text) -> Listening.say(connection, "x".repeat(100_000)));
        Reply.Failed failed = assertInstanceOf(Reply.Failed.class, Sent.reply(target(), 1));
        assertEquals(Outcome.RESET, failed.why());
    }

    @Test
    void withheld_message_is_not_written() throws Exception {
        Message message = Sent.message(1, Duration.ofSeconds(5));
        assertEquals(new Reply.Withheld("not ours"), Sent.reply(target(), message, "not ours"));
        assertEquals(new Reply.Accepted(), Sent.reply(target(), 2));
        assertEquals(1, merchant.heard().size());
    }

    @Test
    void server_that_is_not_there_or_no_websocket_is_told_apart() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        Reply.Failed refused =
                assertInstanceOf(Reply.Failed.class, Sent.reply(target("ws://127.0.0.1:" + port + "/orders", 6), 1));
        assertEquals(Outcome.CONNECT, refused.why());
        assertFalse(refused.written());
        Reply reply = Sent.reply(target(merchant.address() + "-not", 7), Sent.message(1, Duration.ofSeconds(3)), null);
        assertFalse(reply instanceof Reply.Accepted, reply.toString());
        Reply.Failed tls = assertInstanceOf(
                Reply.Failed.class, Sent.reply(target(merchant.address().replace("ws:", "wss:"), 8), 1));
        assertEquals(Outcome.TLS, tls.why());
        assertFalse(tls.written(), "nothing is said before there is TLS");
    }

    @Test
    void address_that_must_not_be_called_is_not_called() throws Exception {
        AddressPolicy internet = AddressPolicy.internet();
        try (WebSocketChannel guarded = channel(
                host -> {
                    InetAddress[] found = InetAddress.getAllByName(host);
                    internet.vet(found);
                    return found;
                },
                Duration.ofMinutes(1),
                10)) {
            Reply.Failed blocked =
                    assertInstanceOf(Reply.Failed.class, Sent.reply(target(guarded, merchant.address(), 1), 1));
            assertEquals(Outcome.BLOCKED, blocked.why());
            assertFalse(blocked.written());
            Reply.Failed unknown = assertInstanceOf(
                    Reply.Failed.class, Sent.reply(target(guarded, "wss://no-such-host.invalid/", 2), 2));
            assertEquals(Outcome.DNS, unknown.why());
            assertEquals(0, merchant.connections().size());
        }
    }

    /** The JVM could not find this name: what is called is what was vetted, and nothing is asked a second time. */
    @Test
    void vetted_address_is_the_one_that_is_called() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        WebSocketChannel.HostGuard guard = host -> {
            asked.incrementAndGet();
            return new InetAddress[] {InetAddress.getByName("127.0.0.9"), InetAddress.getByName("127.0.0.1")};
        };
        try (WebSocketChannel pinned = channel(guard, Duration.ofMinutes(1), 10)) {
            String url = merchant.address().replace("127.0.0.1", "no-such-shop.invalid");
            assertEquals(new Reply.Accepted(), Sent.reply(target(pinned, url, 1), 1));
            assertEquals(new Reply.Accepted(), Sent.reply(target(pinned, url, 1), 2));
            assertEquals(1, asked.get(), "once a connection");
        }
    }

    @Test
    void certificate_that_is_vouched_for_and_of_the_right_name_is_taken_and_no_other(@TempDir Path folder)
            throws Exception {
        SelfSigned certificate = SelfSigned.in(folder);
        try (Listening secure = new Listening(ACKNOWLEDGE, certificate.serving());
                WebSocketChannel believing = channel(certificate.trusting())) {
            String right = secure.address().replace("127.0.0.1", "localhost");
            assertEquals(new Reply.Accepted(), Sent.reply(target(believing, right, 1), 1));
            assertEquals(1, secure.heard().size());

            String other = secure.address().replace("127.0.0.1", "shop.example");
            expectTls(Sent.reply(target(believing, other, 2), 2));
            expectTls(Sent.reply(target(channel, right, 3), 3));
            assertEquals(1, secure.heard().size(), "nothing is said before there is trust");
        }
    }

    @Test
    void certificate_is_taken_neither_before_nor_after_its_time(@TempDir Path folder) throws Exception {
        Authority authority = Authority.in(folder);
        try (WebSocketChannel believing = channel(authority.trusting())) {
            for (Authority.Term term : Authority.Term.values()) {
                try (Listening secure = new Listening(ACKNOWLEDGE, authority.serving(term))) {
                    String url = secure.address().replace("127.0.0.1", "localhost");
                    Reply reply = Sent.reply(target(believing, url, term.ordinal() + 1), term.ordinal() + 1);
                    if (term == Authority.Term.NOW) {
                        assertEquals(new Reply.Accepted(), reply);
                    } else {
                        expectTls(reply);
                        assertEquals(0, secure.heard().size(), "nothing is said before there is trust");
                    }
                }
            }
        }
    }

    private static void expectTls(Reply reply) {
        Reply.Failed failed = assertInstanceOf(Reply.Failed.class, reply);
        assertEquals(Outcome.TLS, failed.why(), failed.toString());
        assertFalse(failed.written());
    }

    private WebSocketChannel channel(SSLContext trust) {
        return new WebSocketChannel(
                new WebSocketSettings(Duration.ofSeconds(2), Duration.ofMinutes(1), 10),
                host -> new InetAddress[] {InetAddress.getByName("127.0.0.1")},
                deadlines,
                InstantSource.system(),
                trust);
    }

    @Test
    void connections_are_bounded_and_idle_ones_closed() throws Exception {
        try (WebSocketChannel small = channel(InetAddress::getAllByName, Duration.ofMillis(300), 1)) {
            assertEquals(new Reply.Accepted(), Sent.reply(target(small, merchant.address(), 1), 1));
            assertInstanceOf(Reply.Withheld.class, Sent.reply(target(small, merchant.address(), 2), 2));
            await().atMost(Duration.ofSeconds(5)).until(() -> small.open() == 0);
            assertEquals(new Reply.Accepted(), Sent.reply(target(small, merchant.address(), 2), 3));
        }
    }

    @Test
    void closed_channel_takes_nothing() throws Exception {
        channel.close();
        assertInstanceOf(Reply.Withheld.class, Sent.reply(target(), 1));
    }

    @Test
    void addresses_that_are_none_are_refused() {
        for (String bad : List.of("http://x/y", "wss:", "wss://user@x/", "wss://x/#y", "wss://x y/")) {
            assertThrows(IllegalArgumentException.class, () -> target(bad, 5), bad);
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> channel.target(Sent.endpoint(WebSocketChannel.NAME, "wss://x/y", "")),
                "without a secret anybody could have sent it");
    }

    private static String id(String text) {
        try {
            return JSON.readTree(text).get("webhook-id").asText();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Target target() {
        return target(merchant.address(), 5);
    }

    private Target target(String url, long id) {
        return target(channel, url, id);
    }

    private static Target target(WebSocketChannel channel, String url, long id) {
        Endpoint like = Sent.endpoint(WebSocketChannel.NAME, url);
        return channel.target(new Endpoint(
                id, 7, like.channel(), url, like.secrets(), like.preference(), like.pace(), like.events()));
    }

    private WebSocketChannel channel(WebSocketChannel.HostGuard guard, Duration idle, int most) {
        return new WebSocketChannel(
                new WebSocketSettings(Duration.ofSeconds(2), idle, most), guard, deadlines, InstantSource.system());
    }
}

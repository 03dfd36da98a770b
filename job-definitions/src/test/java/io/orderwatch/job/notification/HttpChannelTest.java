package io.orderwatch.job.notification;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.dao.notification.Secrets;
import io.orderwatch.job.Authority;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.TrustManagerFactory;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against servers on loopback that misbehave in every way that merchants do. */
class HttpChannelTest {

    private static final byte[] BODY = "{\"event\":\"PAID\",\"name\":\"订单\"}".getBytes(StandardCharsets.UTF_8);
    private static final Message MESSAGE = new Message("ow_77", "PAID", BODY, Duration.ofMinutes(1));
    private static final Instant NOW = Instant.ofEpochSecond(1_614_265_330);
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final int LIMIT = 64 * 1024;
    private static final AddressPolicy LOOPBACK = AddressPolicy.internetAnd(List.of("127.0.0.0/8", "::1"));

    @TempDir
    private Path directory;

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    @Test
    void merchant_gets_a_signed_request_and_nothing_besides() throws Exception {
        Peer peer = peer(Peer.answering(Peer.ok("success")));
        Reply.Answered answer = answered(send(channel(Duration.ofSeconds(5)), peer.url("/notify?m=1")));
        assertEquals(200, answer.status());
        assertEquals("success", new String(answer.body(), StandardCharsets.UTF_8));

        Peer.Request request = peer.requests.get(0);
        assertEquals("POST /notify?m=1 HTTP/1.1", request.line());
        assertArrayEquals(BODY, request.body());
        assertEquals("ow_77", request.header("webhook-id"));
        assertEquals("1614265330", request.header("webhook-timestamp"));
        assertEquals(
                Signature.with(new Secrets(SECRET, null)).sign("ow_77", NOW.getEpochSecond(), BODY),
                request.header("webhook-signature"));
        assertTrue(request.header("content-type").startsWith("application/json"));
        assertEquals("Orderwatch/test", request.header("user-agent"));
        for (String unwanted : List.of("accept-encoding", "upgrade", "expect", "cookie", "authorization")) {
            assertNull(request.header(unwanted), unwanted);
        }
    }

    @Test
    void connections_are_kept_for_the_next_one() throws Exception {
        for (String body : List.of("", "success")) {
            Peer peer = peer(Peer.answering(Peer.ok(body)));
            HttpChannel channel = channel(Duration.ofSeconds(5));
            for (int i = 0; i < 100; i++) {
                assertEquals(200, answered(send(channel, peer.url("/"))).status());
            }
            assertEquals(1, peer.connections.get());
        }
    }

    @Test
    void redirects_are_an_answer_and_not_followed() throws Exception {
        Peer canary = peer(Peer.answering(Peer.ok("success")));
        Peer peer = peer(Peer.answering(
                "HTTP/1.1 307 Temporary Redirect\r\nLocation: " + canary.url("/") + "\r\nContent-Length: 0\r\n\r\n"));
        assertEquals(
                307,
                answered(send(channel(Duration.ofSeconds(5)), peer.url("/"))).status());
        assertEquals(0, canary.connections.get());
    }

    @ParameterizedTest
    @ValueSource(strings = {"503 Service Unavailable", "429 Too Many Requests", "500 Internal Server Error"})
    void a_failure_is_not_tried_again_by_itself(String status) throws Exception {
        Peer peer = peer(Peer.answering("HTTP/1.1 " + status + "\r\nRetry-After: 0\r\nContent-Length: 4\r\n\r\noops"));
        Reply.Answered answer = answered(send(channel(Duration.ofSeconds(5)), peer.url("/")));
        assertEquals(Integer.parseInt(status.substring(0, 3)), answer.status());
        assertEquals(1, peer.requests.size());
    }

    @Test
    void a_cookie_is_not_sent_back() throws Exception {
        Peer peer = peer(Peer.answering("HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 0\r\n\r\n"));
        HttpChannel channel = channel(Duration.ofSeconds(5));
        send(channel, peer.url("/"));
        send(channel, peer.url("/"));
        assertNull(peer.requests.get(1).header("cookie"));
    }

    @Test
    void one_that_hangs_is_given_up_at_the_deadline() throws Exception {
        Peer peer = peer(new Peer((request, out) -> Thread.sleep(60_000)));
        expectTimeout(peer);
    }

    /** A byte now and then keeps the client's own timeouts from ever passing. */
    @Test
    void one_that_drips_is_given_up_at_the_deadline() throws Exception {
        Peer peer = peer(new Peer((request, out) -> {
            out.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            drip(out, 'x');
        }));
        expectTimeout(peer);
    }

    @Test
    void one_that_drips_headers_is_given_up_at_the_deadline() throws Exception {
        Peer peer = peer(new Peer((request, out) -> {
            out.write("HTTP/1.1 200 OK\r\nX-Slow: ".getBytes(StandardCharsets.UTF_8));
            drip(out, 'x');
        }));
        expectTimeout(peer);
    }

    @Test
    void one_that_goes_on_saying_continue_is_given_up_at_the_deadline() throws Exception {
        Peer peer = peer(new Peer((request, out) -> {
            while (true) {
                out.write("HTTP/1.1 102 Processing\r\n\r\n".getBytes(StandardCharsets.UTF_8));
                out.flush();
                Thread.sleep(20);
            }
        }));
        expectTimeout(peer);
    }

    /** A cancel alone left the connections of servers that go on sending in the pool, leased for ever. */
    @ParameterizedTest
    @ValueSource(strings = {"hang", "drip", "continue", "endless", "reset"})
    void no_connection_is_kept_of_what_was_given_up(String how) throws Exception {
        Peer peer = peer(new Peer((request, out) -> misbehave(how, request, out)));
        HttpChannel channel = channel(Duration.ofMillis(150));
        for (int round = 0; round < 10; round++) {
            List<CompletableFuture<Reply>> replies = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                CompletableFuture<Reply> reply = new CompletableFuture<>();
                target(channel, peer.url("/")).send(MESSAGE, () -> null, reply::complete);
                replies.add(reply);
            }
            for (CompletableFuture<Reply> reply : replies) {
                reply.get(10, TimeUnit.SECONDS);
            }
        }
        Awaitility.await().atMost(5, TimeUnit.SECONDS).until(() -> channel.open() == 0);
    }

    private static void misbehave(String how, Peer.Request request, OutputStream out)
            throws IOException, InterruptedException {
        switch (how) {
            case "hang" -> Thread.sleep(60_000);
            case "drip" -> {
                out.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n".getBytes(StandardCharsets.UTF_8));
                drip(out, 'x');
            }
            case "continue" -> {
                while (true) {
                    out.write("HTTP/1.1 102 Processing\r\n\r\n".getBytes(StandardCharsets.UTF_8));
                    out.flush();
                    Thread.sleep(1);
                }
            }
            case "endless" -> {
                out.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n".getBytes(StandardCharsets.UTF_8));
                byte[] much = new byte[8192];
                while (true) {
                    out.write(much);
                }
            }
            default -> {
                request.socket().setSoLinger(true, 0);
                request.socket().close();
            }
        }
    }

    /** Connections that are never accepted: the backlog is full, and the kernel drops whatever else asks. */
    @Test
    void a_connection_that_is_not_made_in_time_is_given_up() throws Exception {
        try (ServerSocket deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            List<Socket> fill = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Socket socket = new Socket();
                fill.add(socket);
                try {
                    socket.connect(deaf.getLocalSocketAddress(), 200);
                } catch (SocketTimeoutException e) {
                    // full
                }
            }
            HttpChannelSettings quick = new HttpChannelSettings(
                    20, Duration.ofMillis(200), Duration.ofSeconds(5), LIMIT, 2, "Orderwatch/test", LOOPBACK);
            HttpChannel channel = new HttpChannel(quick, () -> NOW);
            open.add(channel);
            Reply.Failed failed = assertInstanceOf(
                    Reply.Failed.class, send(channel, "http://127.0.0.1:" + deaf.getLocalPort() + "/"));
            assertEquals(Outcome.CONNECT, failed.why());
            assertFalse(failed.written());
            Awaitility.await().atMost(5, TimeUnit.SECONDS).until(() -> channel.open() == 0);
            for (Socket socket : fill) {
                socket.close();
            }
        }
    }

    private void expectTimeout(Peer peer) throws Exception {
        HttpChannel channel = channel(Duration.ofMillis(400));
        long before = System.nanoTime();
        Reply.Failed failed = assertInstanceOf(Reply.Failed.class, send(channel, peer.url("/")));
        assertEquals(Outcome.TIMEOUT, failed.why());
        assertTrue(failed.written());
        assertTrue(System.nanoTime() - before >= Duration.ofMillis(400).toNanos());
        Awaitility.await().atMost(5, TimeUnit.SECONDS).until(() -> channel.open() == 0);
    }

    @Test
    void an_endless_body_is_cut_off() throws Exception {
        Peer peer = peer(new Peer((request, out) -> {
            out.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            byte[] much = new byte[8192];
            while (true) {
                out.write(much);
            }
        }));
        HttpChannel channel = channel(Duration.ofSeconds(10));
        Reply.Answered answer = answered(send(channel, peer.url("/")));
        assertTrue(answer.tooLarge());
        assertEquals(LIMIT, answer.body().length);
        Awaitility.await().atMost(5, TimeUnit.SECONDS).until(() -> channel.open() == 0);
    }

    @Test
    void a_body_of_just_the_limit_is_read() throws Exception {
        Peer peer = peer(Peer.answering(Peer.ok("x".repeat(LIMIT))));
        Reply.Answered answer = answered(send(channel(Duration.ofSeconds(5)), peer.url("/")));
        assertFalse(answer.tooLarge());
        assertEquals(LIMIT, answer.body().length);
    }

    @Test
    void a_body_of_one_byte_more_is_too_large() throws Exception {
        Peer peer = peer(Peer.answering(Peer.ok("x".repeat(LIMIT + 1))));
        assertTrue(answered(send(channel(Duration.ofSeconds(5)), peer.url("/"))).tooLarge());
    }

    @Test
    void an_answer_may_come_in_chunks_or_end_with_the_connection() throws Exception {
        Peer chunked = peer(Peer.answering(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nsuc\r\n4\r\ncess\r\n0\r\n\r\n"));
        Peer closing = peer(new Peer((request, out) -> {
            out.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nsuccess".getBytes(StandardCharsets.UTF_8));
            out.close();
        }));
        HttpChannel channel = channel(Duration.ofSeconds(5));
        for (Peer peer : List.of(chunked, closing)) {
            assertEquals(
                    "success", new String(answered(send(channel, peer.url("/"))).body(), StandardCharsets.UTF_8));
        }
    }

    @Test
    void a_reset_after_the_request_is_a_failure_that_may_have_arrived() throws Exception {
        Peer peer = peer(new Peer((request, out) -> {
            request.socket().setSoLinger(true, 0);
            request.socket().close();
        }));
        Reply.Failed failed = assertInstanceOf(Reply.Failed.class, send(channel(Duration.ofSeconds(5)), peer.url("/")));
        assertEquals(Outcome.RESET, failed.why());
        assertTrue(failed.written());
        assertEquals(1, peer.requests.size());
    }

    @Test
    void an_answer_that_is_cut_short_is_a_failure() throws Exception {
        Peer peer = peer(new Peer((request, out) -> {
            out.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsucc".getBytes(StandardCharsets.UTF_8));
            out.close();
        }));
        Reply.Failed failed = assertInstanceOf(Reply.Failed.class, send(channel(Duration.ofSeconds(5)), peer.url("/")));
        assertEquals(Outcome.RESET, failed.why());
        assertTrue(failed.written());
    }

    @Test
    void an_answer_that_is_not_http_is_a_failure() throws Exception {
        Peer peer = peer(Peer.answering("220 smtp.example ready\r\n\r\n"));
        Reply.Failed failed = assertInstanceOf(Reply.Failed.class, send(channel(Duration.ofSeconds(2)), peer.url("/")));
        assertEquals(Outcome.STATUS, failed.why());
        assertTrue(failed.written());
    }

    @Test
    void endless_headers_are_a_failure() throws Exception {
        Peer peer = peer(new Peer((request, out) -> {
            out.write("HTTP/1.1 200 OK\r\n".getBytes(StandardCharsets.UTF_8));
            while (true) {
                out.write("X-More: and more\r\n".getBytes(StandardCharsets.UTF_8));
            }
        }));
        Reply.Failed failed = assertInstanceOf(Reply.Failed.class, send(channel(Duration.ofSeconds(5)), peer.url("/")));
        assertEquals(Outcome.STATUS, failed.why());
    }

    @Test
    void a_refused_connection_is_no_try_that_arrived() throws Exception {
        int port;
        try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = gone.getLocalPort();
        }
        Reply.Failed failed = assertInstanceOf(
                Reply.Failed.class, send(channel(Duration.ofSeconds(5)), "http://127.0.0.1:" + port + "/"));
        assertEquals(Outcome.CONNECT, failed.why());
        assertFalse(failed.written());
    }

    @Test
    void a_server_that_does_not_speak_tls_is_told_apart() throws Exception {
        try (ServerSocket plain = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread greeter = new Thread(() -> greet(plain), "greeter");
            greeter.start();
            Reply.Failed failed = assertInstanceOf(
                    Reply.Failed.class,
                    send(channel(Duration.ofSeconds(5)), "https://127.0.0.1:" + plain.getLocalPort() + "/"));
            assertEquals(Outcome.TLS, failed.why());
            assertFalse(failed.written());
            greeter.join(5_000);
        }
    }

    private static void greet(ServerSocket server) {
        try (Socket socket = server.accept()) {
            socket.getOutputStream().write("220 smtp.example ready\r\n".getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().flush();
            socket.getInputStream().readAllBytes();
        } catch (IOException e) {
            // the client broke it off
        }
    }

    @Test
    void a_certificate_that_nobody_vouches_for_is_refused() throws Exception {
        try (SSLServerSocket server = selfSigned()) {
            Thread handshake = new Thread(() -> greet(server), "handshake");
            handshake.start();
            Reply.Failed failed = assertInstanceOf(
                    Reply.Failed.class,
                    send(channel(Duration.ofSeconds(5)), "https://localhost:" + server.getLocalPort() + "/"));
            assertEquals(Outcome.TLS, failed.why());
            assertFalse(failed.written());
            handshake.join(5_000);
        }
    }

    private SSLServerSocket selfSigned() throws Exception {
        Path store = directory.resolve("merchant.p12");
        Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        Process process = new ProcessBuilder(
                        (keytool + " -genkeypair -keyalg EC -alias merchant -dname CN=localhost -storetype PKCS12"
                                        + " -storepass changeit -keystore " + store)
                                .split(" "))
                .redirectErrorStream(true)
                .start();
        assertEquals(0, process.waitFor(), () -> "keytool failed");
        KeyStore keys = KeyStore.getInstance(store.toFile(), "changeit".toCharArray());
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, "changeit".toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return (SSLServerSocket)
                context.getServerSocketFactory().createServerSocket(0, 1, InetAddress.getLoopbackAddress());
    }

    @Test
    void a_name_without_address_is_told_apart() throws Exception {
        Reply.Failed failed = assertInstanceOf(
                Reply.Failed.class,
                send(
                        channel(Duration.ofSeconds(5), LOOPBACK, host -> {
                            throw new UnknownHostException("no such shop");
                        }),
                        "http://shop.example/"));
        assertEquals(Outcome.DNS, failed.why());
        assertFalse(failed.written());
    }

    /** What merchants write, so that the request ends at us or at what only we can reach. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1:PORT/",
                "http://127.1.2.3:PORT/",
                "http://localhost:PORT/",
                "http://[::1]:PORT/",
                "http://[::ffff:127.0.0.1]:PORT/",
                "http://[::ffff:7f00:1]:PORT/",
                "http://[64:ff9b::7f00:1]:PORT/",
                "http://0.0.0.0:PORT/",
                "http://[::]:PORT/",
                "http://169.254.169.254/latest/meta-data/",
                "http://100.100.100.200/latest/meta-data/",
                "http://[fd00:ec2::254]/latest/meta-data/",
                "http://10.0.0.1/",
                "http://[fe80::1]/"
            })
    void what_is_not_of_the_public_internet_is_not_called(String url) throws Exception {
        Peer canary = peer(Peer.answering(Peer.ok("success")));
        HttpChannel channel = channel(Duration.ofSeconds(5), AddressPolicy.internet(), InetAddress::getAllByName);
        String port = canary.url("").substring("http://127.0.0.1:".length());
        Reply.Failed failed = assertInstanceOf(Reply.Failed.class, send(channel, url.replace("PORT", port)));
        assertEquals(Outcome.BLOCKED, failed.why());
        assertFalse(failed.written());
        assertEquals(0, canary.connections.get());
    }

    /** Either the row is refused, or the address that it stands for. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://2130706433:PORT/",
                "http://017700000001:PORT/",
                "http://0x7f000001:PORT/",
                "http://0177.0.0.1:PORT/",
                "http://0x7f.0.0.1:PORT/",
                "http://127.1:PORT/",
                "http://①②⑦.⓪.⓪.①:PORT/",
                "http://127.0.0.1%00.example:PORT/",
                "http://127.0.0.1:PORT@shop.example/",
                "http://shop.example@127.0.0.1:PORT/",
                "http://shop.example\\@127.0.0.1:PORT/"
            })
    void other_ways_to_write_an_address_lead_nowhere(String url) throws Exception {
        Peer canary = peer(Peer.answering(Peer.ok("success")));
        HttpChannel channel = channel(Duration.ofSeconds(5), AddressPolicy.internet(), InetAddress::getAllByName);
        String port = canary.url("").substring("http://127.0.0.1:".length());
        assertThrows(IllegalArgumentException.class, () -> target(channel, url.replace("PORT", port)));
        assertEquals(0, canary.connections.get());
    }

    @Test
    void a_name_that_leads_to_a_private_address_is_not_called() throws Exception {
        Peer canary = peer(Peer.answering(Peer.ok("success")));
        InetAddress loopback = InetAddress.getLoopbackAddress();
        InetAddress good = InetAddress.getByName("93.184.215.14");
        for (InetAddress[] found : List.of(new InetAddress[] {loopback}, new InetAddress[] {good, loopback})) {
            HttpChannel channel = channel(Duration.ofSeconds(5), AddressPolicy.internet(), host -> found);
            Reply.Failed failed = assertInstanceOf(
                    Reply.Failed.class, send(channel, canary.url("/").replace("127.0.0.1", "shop.example")));
            assertEquals(Outcome.BLOCKED, failed.why());
        }
        assertEquals(0, canary.connections.get());
    }

    /** The address that was vetted is the one that is called, though the name leads elsewhere a moment later. */
    @Test
    void a_name_is_looked_up_once_for_a_call() throws Exception {
        Peer peer = peer(Peer.answering(Peer.ok("success")));
        AtomicInteger lookUps = new AtomicInteger();
        HttpChannel channel = channel(Duration.ofSeconds(5), LOOPBACK, host -> new InetAddress[] {
            lookUps.getAndIncrement() == 0 ? InetAddress.getLoopbackAddress() : InetAddress.getByName("10.0.0.1")
        });
        String url = peer.url("/").replace("127.0.0.1", "shop.example");
        assertEquals(200, answered(send(channel, url)).status());
        assertEquals(1, lookUps.get());
        assertTrue(peer.requests.get(0).header("host").startsWith("shop.example:"));
    }

    @Test
    void a_name_server_that_hangs_stops_nobody_else() throws Exception {
        Peer peer = peer(Peer.answering(Peer.ok("success")));
        CountDownLatch never = new CountDownLatch(1);
        HttpChannel channel = new HttpChannel(
                new HttpChannelSettings(
                        20, Duration.ofMillis(300), Duration.ofSeconds(5), LIMIT, 2, "Orderwatch/test", LOOPBACK),
                () -> NOW,
                host -> {
                    if (host.startsWith("slow")) {
                        awaitQuietly(never);
                    }
                    return InetAddress.getAllByName("127.0.0.1");
                },
                null);
        open.add(channel);
        String slow = peer.url("/").replace("127.0.0.1", "slow.example");
        List<CompletableFuture<Reply>> replies = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            CompletableFuture<Reply> reply = new CompletableFuture<>();
            target(channel, slow).send(MESSAGE, () -> null, reply::complete);
            replies.add(reply);
        }
        assertEquals(
                200,
                answered(send(channel, peer.url("/").replace("127.0.0.1", "shop.example")))
                        .status());
        for (CompletableFuture<Reply> reply : replies) {
            Reply.Failed failed = assertInstanceOf(Reply.Failed.class, reply.get(5, TimeUnit.SECONDS));
            assertEquals(Outcome.DNS, failed.why());
        }
        never.countDown();
    }

    private static void awaitQuietly(CountDownLatch latch) throws UnknownHostException {
        try {
            latch.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new UnknownHostException("closed");
        }
    }

    @Test
    void a_merchant_that_asks_for_time_is_heard() throws Exception {
        Peer peer = peer(
                Peer.answering("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 86400\r\nContent-Length: 0\r\n\r\n"));
        Reply.Answered answer = answered(send(channel(Duration.ofSeconds(5)), peer.url("/")));
        assertEquals(503, answer.status());
        assertEquals("86400", answer.retryAfter());
    }

    @Test
    void a_header_line_that_is_too_long_is_a_failure() throws Exception {
        Peer peer = peer(
                Peer.answering("HTTP/1.1 200 OK\r\nX-Huge: " + "x".repeat(100_000) + "\r\nContent-Length: 0\r\n\r\n"));
        Reply.Failed failed = assertInstanceOf(Reply.Failed.class, send(channel(Duration.ofSeconds(5)), peer.url("/")));
        assertEquals(Outcome.STATUS, failed.why());
        assertTrue(failed.written());
    }

    /** As another certificate authority's good certificate for another name would be. */
    @Test
    void a_certificate_of_another_name_is_refused() throws Exception {
        try (SSLServerSocket server = selfSigned()) {
            Thread handshake = new Thread(() -> greet(server), "handshake");
            handshake.start();
            HttpChannel channel =
                    channel(Duration.ofSeconds(5), LOOPBACK, host -> InetAddress.getAllByName("127.0.0.1"), trusted());
            Reply.Failed failed = assertInstanceOf(
                    Reply.Failed.class, send(channel, "https://shop.example:" + server.getLocalPort() + "/"));
            assertEquals(Outcome.TLS, failed.why());
            assertFalse(failed.written());
            handshake.join(5_000);
        }
    }

    /** The counterpart: trusted, and of the right name. */
    @Test
    void a_certificate_that_is_vouched_for_is_taken() throws Exception {
        try (SSLServerSocket server = selfSigned()) {
            Thread handshake = new Thread(() -> answerOnce(server), "handshake");
            handshake.start();
            HttpChannel channel =
                    channel(Duration.ofSeconds(5), LOOPBACK, host -> InetAddress.getAllByName("127.0.0.1"), trusted());
            Reply reply = send(channel, "https://localhost:" + server.getLocalPort() + "/");
            assertEquals(200, answered(reply).status());
            handshake.join(5_000);
        }
    }

    /** From an authority that is believed, and for the right name: its dates alone decide. */
    @ParameterizedTest
    @EnumSource(Authority.Term.class)
    void a_certificate_is_taken_neither_before_nor_after_its_time(Authority.Term term) throws Exception {
        Authority authority = Authority.in(directory);
        Peer merchant = peer(new Peer(
                authority
                        .serving(term)
                        .getServerSocketFactory()
                        .createServerSocket(0, 10, InetAddress.getLoopbackAddress()),
                (request, out) -> out.write(Peer.ok("success").getBytes(StandardCharsets.UTF_8))));
        HttpChannel channel = channel(
                Duration.ofSeconds(5), LOOPBACK, host -> InetAddress.getAllByName("127.0.0.1"), authority.trusting());
        Reply reply = send(channel, merchant.url("/").replace("http://127.0.0.1", "https://localhost"));
        if (term == Authority.Term.NOW) {
            assertEquals(200, answered(reply).status());
        } else {
            Reply.Failed failed = assertInstanceOf(Reply.Failed.class, reply);
            assertEquals(Outcome.TLS, failed.why());
            assertFalse(failed.written());
            assertEquals(0, merchant.requests.size(), "nothing is said before there is trust");
        }
    }

    private static void answerOnce(ServerSocket server) {
        try (Socket socket = server.accept()) {
            byte[] read = new byte[4096];
            int count = socket.getInputStream().read(read);
            socket.getOutputStream().write(Peer.ok(count > 0 ? "success" : "").getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().flush();
        } catch (IOException e) {
            // the test sees it by what is not answered
        }
    }

    private SSLContext trusted() throws Exception {
        KeyStore keys = KeyStore.getInstance(directory.resolve("merchant.p12").toFile(), "changeit".toCharArray());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(keys);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    @Test
    void the_last_look_comes_when_the_connection_stands_and_nothing_is_written() throws Exception {
        Peer peer = peer(Peer.answering(Peer.ok("")));
        HttpChannel channel = channel(Duration.ofSeconds(5));
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        AtomicInteger connectionsSeen = new AtomicInteger(-1);
        target(channel, peer.url("/"))
                .send(
                        MESSAGE,
                        () -> {
                            Awaitility.await().until(() -> peer.connections.get() == 1);
                            connectionsSeen.set(peer.connections.get());
                            return "the shard is gone";
                        },
                        reply::complete);
        Reply.Withheld withheld = assertInstanceOf(Reply.Withheld.class, reply.get(5, TimeUnit.SECONDS));
        assertEquals("the shard is gone", withheld.why());
        assertEquals(1, connectionsSeen.get());
        assertEquals(0, peer.requests.size());
        // and the channel goes on
        assertEquals(200, answered(send(channel, peer.url("/"))).status());
    }

    /** The merchant closes kept-alive connections between two requests, which is no fault of the second one. */
    @Test
    void a_connection_closed_while_idle_costs_no_try() throws Exception {
        AtomicInteger ended = new AtomicInteger();
        Peer peer = peer(new Peer((request, out) -> {
            out.write(Peer.ok("success").getBytes(StandardCharsets.UTF_8));
            out.flush();
            request.socket().shutdownOutput();
            // the client has noticed when it closes its side
            if (request.socket().getInputStream().read() < 0) {
                ended.incrementAndGet();
            }
        }));
        HttpChannel channel = channel(Duration.ofSeconds(5));
        for (int i = 1; i <= 5; i++) {
            int before = i - 1;
            Awaitility.await().atMost(5, TimeUnit.SECONDS).until(() -> ended.get() == before);
            answered(send(channel, peer.url("/")));
        }
        assertEquals(5, peer.requests.size());
    }

    @Test
    void more_requests_than_sockets_wait_their_turn() throws Exception {
        Peer peer = peer(new Peer((request, out) -> {
            Thread.sleep(5);
            out.write(Peer.ok("success").getBytes(StandardCharsets.UTF_8));
        }));
        HttpChannel channel = channel(Duration.ofSeconds(10));
        List<CompletableFuture<Reply>> replies = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            CompletableFuture<Reply> reply = new CompletableFuture<>();
            target(channel, peer.url("/")).send(MESSAGE, () -> null, reply::complete);
            replies.add(reply);
        }
        for (CompletableFuture<Reply> reply : replies) {
            assertEquals(200, answered(reply.get(10, TimeUnit.SECONDS)).status());
        }
        assertEquals(500, peer.requests.size());
    }

    @Test
    void a_closed_channel_sends_nothing() throws Exception {
        Peer peer = peer(Peer.answering(Peer.ok("")));
        HttpChannel channel = channel(Duration.ofSeconds(5));
        channel.close();
        assertInstanceOf(Reply.Withheld.class, send(channel, peer.url("/")));
        assertEquals(0, peer.requests.size());
    }

    @Test
    void threads_end_with_the_channel() throws Exception {
        HttpChannel channel = channel(Duration.ofSeconds(5));
        Peer peer = peer(Peer.answering(Peer.ok("")));
        send(channel, peer.url("/"));
        channel.close();
        Awaitility.await().atMost(5, TimeUnit.SECONDS).until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("notify-")));
    }

    private static void drip(OutputStream out, char c) throws IOException, InterruptedException {
        while (true) {
            out.write(c);
            out.flush();
            Thread.sleep(20);
        }
    }

    private HttpChannel channel(Duration deadline) {
        return channel(deadline, LOOPBACK, InetAddress::getAllByName);
    }

    private HttpChannel channel(Duration deadline, AddressPolicy allowed, Addresses.Lookup lookup) {
        return channel(deadline, allowed, lookup, null);
    }

    private HttpChannel channel(
            Duration deadline, AddressPolicy allowed, Addresses.Lookup lookup, @Nullable SSLContext trust) {
        HttpChannelSettings settings =
                new HttpChannelSettings(20, Duration.ofSeconds(3), deadline, LIMIT, 2, "Orderwatch/test", allowed);
        HttpChannel channel = new HttpChannel(settings, () -> NOW, lookup, trust);
        open.add(channel);
        return channel;
    }

    private Peer peer(Peer peer) {
        open.add(peer);
        return peer;
    }

    private static Target target(HttpChannel channel, String url) {
        return channel.target(Rows.endpoint(1, 2, url, SECRET, 64));
    }

    private static Reply send(HttpChannel channel, String url) throws Exception {
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        target(channel, url).send(MESSAGE, () -> null, reply::complete);
        return reply.get(20, TimeUnit.SECONDS);
    }

    private static Reply.Answered answered(Reply reply) {
        return assertInstanceOf(Reply.Answered.class, reply);
    }
}

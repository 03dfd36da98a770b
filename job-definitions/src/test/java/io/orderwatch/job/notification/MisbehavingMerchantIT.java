package io.orderwatch.job.notification;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import io.orderwatch.dao.Database;
import io.orderwatch.dao.TestDatabase;
import io.orderwatch.dao.notification.NewNotification;
import io.orderwatch.dao.notification.NotificationStore;
import io.orderwatch.dao.order.OrderState;
import io.orderwatch.job.KillPoints;
import io.orderwatch.job.SelfSigned;
import io.orderwatch.job.Tenure;
import io.orderwatch.job.TestOwnership;
import io.orderwatch.job.Ticker;
import io.orderwatch.job.UserLog;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import javax.net.ssl.SSLServerSocketFactory;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A merchant for each way to misbehave, all at once, beside one that does not: what becomes of each notification, how each
 * is classed, and that the good one never waits for them.
 */
@ExtendWith(StackExtension.class)
class MisbehavingMerchantIT {

    private static final Duration DEADLINE = Duration.ofSeconds(8);
    private static final long GOOD = 1;
    private static final int TO_THE_GOOD_ONE = 500;
    private static final byte[] MUCH = new byte[64 * 1024];

    @TempDir
    private Path folder;

    private final List<AutoCloseable> open = new ArrayList<>();
    private final Map<Long, String> expected = new LinkedHashMap<>();
    private final AtomicInteger rebound = new AtomicInteger();
    private TestDatabase db;
    private long next = GOOD;

    @AfterEach
    void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    @Test
    void every_way_to_misbehave_has_its_class_and_harms_nobody_else(Stack stack) throws Exception {
        db = opened(TestDatabase.create(stack));
        for (long user = 1; user <= 16; user++) {
            db.execute("INSERT INTO users (id) VALUES (?)", user);
        }
        Peer good = opened(Peer.answering(Peer.ok("success")));
        merchant(good.url("/"), "DELIVERED 200");
        misbehave();
        Peer canary = opened(Peer.answering(Peer.ok("success")));
        elsewhere(canary);
        notifications();

        Database database = db.database();
        TestOwnership ownership = TestOwnership.ofAll(database, "node-1");
        HttpChannel channel = opened(new HttpChannel(
                HttpChannelSettings.defaults("test").allowing(AddressPolicy.internetAnd(List.of("127.0.0.1", "::1"))),
                InstantSource.system(),
                this::lookUp,
                null));
        Delivery delivery = opened(new Delivery(
                settings(),
                database,
                ownership,
                Channels.of(channel),
                new MapLocks(),
                Breakers.none(),
                new MerchantHealth(database, "node-1"),
                () -> 1,
                new MetricRegistry(),
                new UserLog(),
                InstantSource.system(),
                Ticker.system(),
                KillPoints.NONE));
        delivery.start();
        NotifyRetryJob job = new NotifyRetryJob(database, delivery);
        long started = System.nanoTime();
        long[] goodOnesDone = new long[1];
        Awaitility.await()
                .atMost(Duration.ofSeconds(40))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> {
                    try (Tenure tenure = ownership.begin()) {
                        job.sweep(tenure);
                    }
                    if (goodOnesDone[0] == 0 && good.requests.size() == TO_THE_GOOD_ONE) {
                        goodOnesDone[0] = System.nanoTime() - started;
                    }
                    return db.number("SELECT COUNT(*) FROM notifications WHERE state = 'SENDING' OR (state = 'READY'"
                                    + " AND attempts = 0)")
                            == 0;
                });

        Map<Long, String> outcomes = new LinkedHashMap<>();
        expected.keySet()
                .forEach(merchant -> outcomes.put(
                        merchant,
                        db.text(
                                "SELECT GROUP_CONCAT(DISTINCT CONCAT_WS(' ', a.outcome, a.http_status,"
                                        + " NULLIF(a.doubt, 'NONE')) SEPARATOR ', ') FROM notification_attempts a"
                                        + " JOIN notifications n ON n.id = a.notification_id WHERE n.merchant_id = ?",
                                merchant)));
        assertEquals(lines(expected), lines(outcomes));
        assertEquals(0, canary.connections.get(), "nobody was led elsewhere");
        assertTrue(goodOnesDone[0] < DEADLINE.toNanos(), "the good one waited: " + goodOnesDone[0] / 1_000_000 + " ms");
        assertEquals(TO_THE_GOOD_ONE, good.requests.size(), "each once");
    }

    private void misbehave() throws Exception {
        says((request, out) -> Thread.sleep(60_000), "TIMEOUT UNHEARD");
        says((request, out) -> drip(out, "HTTP/1.1 200 OK\r\nX-Slow: "), "TIMEOUT UNHEARD");
        says((request, out) -> drip(out, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"), "TIMEOUT UNHEARD");
        says((request, out) -> drip(out, "HTTP/1.1 100 Continue\r\n\r\n"), "TIMEOUT UNHEARD");
        says((request, out) -> pour(out, "HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n"), "BODY 200");
        says((request, out) -> pour(out, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"), "BODY 200");
        says("HTTP/1.1 200 OK\r\nX-Huge: " + "x".repeat(100_000) + "\r\nContent-Length: 0\r\n\r\n", "STATUS UNHEARD");
        says(
                "HTTP/1.1 200 OK\r\n" + "X-Many: of them\r\n".repeat(5_000) + "Content-Length: 0\r\n\r\n",
                "STATUS UNHEARD");
        says("220 smtp.example ready\r\n\r\n", "STATUS UNHEARD");
        says(
                (request, out) -> {
                    out.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsucc".getBytes(UTF_8));
                    out.flush();
                    request.socket().setSoLinger(true, 0);
                    request.socket().close();
                },
                "RESET UNHEARD");
        says(
                (request, out) -> {
                    request.socket().setSoLinger(true, 0);
                    request.socket().close();
                },
                "RESET UNHEARD");
        // shorter than it says, and the connection ends; longer than it says: the rest is not read as the next answer
        says(
                (request, out) -> {
                    out.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsuccess".getBytes(UTF_8));
                    out.close();
                },
                "RESET UNHEARD");
        says("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsuccessHTTP/1.1 500 No\r\n\r\n", "DELIVERED 200");
        says("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nsuccess", "STATUS UNHEARD");
        says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\nsuccess", "RESET UNHEARD");
        // what unpacks to a gigabyte is a few bytes that are no word of success
        says((request, out) -> out.write(bomb()), "BODY 200");
        says(Peer.ok("fail"), "BODY 200");
        says("HTTP/1.1 204 No Content\r\n\r\n", "BODY 204");
        says(Peer.status("404 Not Found", "success"), "STATUS 404");
        says(Peer.status("503 Service Unavailable", "success"), "STATUS 503");
        says("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n", "STATUS UNHEARD");
        // old, odd, and accepted
        says("HTTP/1.1 100 Continue\r\n\r\n" + Peer.ok("success"), "DELIVERED 200");
        says("HTTP/1.0 200 OK\r\nContent-Length: 7\r\n\r\nsuccess", "DELIVERED 200");
        says(
                (request, out) -> {
                    out.write("HTTP/1.0 200 OK\r\n\r\nsuccess".getBytes(UTF_8));
                    out.close();
                },
                "DELIVERED 200");
    }

    /** What leads elsewhere, or nowhere. */
    private void elsewhere(Peer canary) throws Exception {
        says("HTTP/1.1 302 Found\r\nLocation: " + canary.url("/") + "\r\nContent-Length: 0\r\n\r\n", "STATUS 302");
        says("HTTP/1.1 308 Moved\r\nLocation: " + canary.url("/") + "\r\nContent-Length: 0\r\n\r\n", "STATUS 308");
        int gone;
        try (ServerSocket refusing = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            gone = refusing.getLocalPort();
        }
        merchant("http://127.0.0.1:" + gone + "/", "CONNECT");
        merchant("http://no-such-shop.example/", "DNS");
        String port = canary.url("").substring("http://127.0.0.1:".length());
        merchant("http://private.example:" + port + "/", "BLOCKED");
        merchant("http://127.0.0.2:" + port + "/", "BLOCKED");
        merchant("http://[::ffff:127.0.0.2]:" + port + "/", "BLOCKED");
        merchant("http://169.254.169.254/latest/meta-data/", "BLOCKED");
        // was good when it was looked up first, and is the canary's neighbour whenever it is asked again
        Peer rebinding = opened(Peer.answering(Peer.ok("success")));
        merchant(rebinding.url("/").replace("127.0.0.1", "rebinding.example"), "DELIVERED 200");
        SSLServerSocketFactory selfSigned = SelfSigned.in(folder).serving().getServerSocketFactory();
        Peer unknown = opened(new Peer(
                selfSigned.createServerSocket(0, 200, InetAddress.getLoopbackAddress()),
                (request, out) -> out.write(Peer.ok("success").getBytes(UTF_8))));
        merchant(unknown.url("/").replace("http://127.0.0.1", "https://localhost"), "TLS");
        // the kernel takes the connection, and nobody says a word of TLS
        ServerSocket silent = opened(new ServerSocket(0, 200, InetAddress.getLoopbackAddress()));
        merchant("https://localhost:" + silent.getLocalPort() + "/", "CONNECT");
    }

    private InetAddress[] lookUp(String host) throws UnknownHostException {
        return switch (host) {
            case "private.example" ->
                new InetAddress[] {InetAddress.getByName("93.184.215.14"), InetAddress.getByName("10.0.0.1")};
            case "rebinding.example" ->
                new InetAddress[] {InetAddress.getByName(rebound.getAndIncrement() == 0 ? "127.0.0.1" : "127.0.0.2")};
            case "no-such-shop.example" -> throw new UnknownHostException(host);
            default -> InetAddress.getAllByName(host);
        };
    }

    private void says(String answer, String outcome) throws IOException {
        merchant(opened(Peer.answering(answer)).url("/"), outcome);
    }

    private void says(Peer.Behaviour behaviour, String outcome) throws IOException {
        merchant(opened(new Peer(behaviour)).url("/"), outcome);
    }

    /** One that wants the word, and whose second try is far away. */
    private void merchant(String url, String outcome) {
        long id = next++;
        db.execute("INSERT INTO merchants (id, success_word, retry_delays) VALUES (?, 'success', '1h')", id);
        db.execute("INSERT INTO merchant_endpoints (merchant_id, url, secret) VALUES (?, ?, 'secret')", id, url);
        expected.put(id, outcome);
    }

    private void notifications() {
        List<NewNotification> rows = new ArrayList<>();
        long order = 1;
        for (long merchant : expected.keySet()) {
            for (int i = 0; i < (merchant == GOOD ? TO_THE_GOOD_ONE : 1); i++, order++) {
                long id = NewNotification.idOf(order, OrderState.PAID);
                long user = 1 + order % 16;
                int shard = (int) (user % TestDatabase.SHARDS);
                rows.add(new NewNotification(id, order, user, null, null, merchant, shard, OrderState.PAID, "{}"));
            }
        }
        db.database().run(tx -> new NotificationStore().create(tx, rows));
    }

    private static void drip(OutputStream out, String first) throws IOException, InterruptedException {
        out.write(first.getBytes(UTF_8));
        while (true) {
            out.write(first.startsWith("HTTP/1.1 100") ? first.getBytes(UTF_8) : new byte[] {'x'});
            out.flush();
            Thread.sleep(20);
        }
    }

    private static void pour(OutputStream out, String first) throws IOException {
        out.write(first.getBytes(UTF_8));
        while (true) {
            out.write(MUCH);
        }
    }

    private static byte[] bomb() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            for (int i = 0; i < 300; i++) {
                gzip.write(MUCH);
            }
        }
        byte[] body = packed.toByteArray();
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        answer.write(("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " + body.length + "\r\n\r\n")
                .getBytes(UTF_8));
        answer.write(body);
        return answer.toByteArray();
    }

    private static DeliverySettings settings() {
        DeliverySettings defaults = DeliverySettings.defaults();
        return new DeliverySettings(
                defaults.maxInFlight(),
                defaults.claimAhead(),
                defaults.queueLimit(),
                defaults.merchantQueueLimit(),
                defaults.batchSize(),
                defaults.linger(),
                DEADLINE,
                defaults.leaseMargin(),
                defaults.isolation());
    }

    private static String lines(Map<Long, String> outcomes) {
        StringBuilder lines = new StringBuilder();
        outcomes.forEach((merchant, outcome) ->
                lines.append(merchant).append(": ").append(outcome).append('\n'));
        return lines.toString();
    }

    private <T extends AutoCloseable> T opened(T one) {
        open.add(one);
        return one;
    }
}

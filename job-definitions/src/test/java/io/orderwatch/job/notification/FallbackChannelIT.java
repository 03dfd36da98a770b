package io.orderwatch.job.notification;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.codahale.metrics.MetricRegistry;
import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.orderwatch.dao.Database;
import io.orderwatch.dao.TestDatabase;
import io.orderwatch.dao.notification.Endpoint;
import io.orderwatch.dao.notification.NewNotification;
import io.orderwatch.dao.notification.NotificationStore;
import io.orderwatch.dao.order.OrderState;
import io.orderwatch.job.KillPoints;
import io.orderwatch.job.Tenure;
import io.orderwatch.job.TestOwnership;
import io.orderwatch.job.Ticker;
import io.orderwatch.job.UserLog;
import io.orderwatch.job.mail.MailSettings;
import io.orderwatch.job.mail.Mailer;
import io.orderwatch.job.notification.mail.MailChannel;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Where the first channel of a merchant is dead, the next one is used, whatever it is. */
@ExtendWith(StackExtension.class)
class FallbackChannelIT {

    private final GreenMail server = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
    private final Deadlines deadlines = new Deadlines();
    private TestDatabase db;
    private Database database;
    private TestOwnership ownership;
    private HttpChannel http;
    private MailChannel mail;
    private Delivery delivery;

    @BeforeEach
    void open(Stack stack) {
        server.start();
        db = TestDatabase.create(stack);
        database = db.database();
        ownership = TestOwnership.ofAll(database, "node-1");
        http = new HttpChannel(
                HttpChannelSettings.defaults("test").allowing(AddressPolicy.internetAnd(List.of("127.0.0.0/8"))),
                InstantSource.system());
        mail = new MailChannel(
                new Mailer(new MailSettings(
                        "127.0.0.1",
                        server.getSmtp().getPort(),
                        MailSettings.Security.NONE,
                        "",
                        "",
                        "watch@orderwatch.example",
                        Duration.ofSeconds(3))),
                deadlines,
                InstantSource.system());
        delivery = new Delivery(
                DeliverySettings.defaults(),
                database,
                ownership,
                Channels.of(Map.of(Endpoint.HTTP, http, MailChannel.NAME, mail)),
                new MapLocks(),
                Breakers.none(),
                new MerchantHealth(database, "node-1"),
                () -> 1,
                new MetricRegistry(),
                new UserLog(),
                InstantSource.system(),
                Ticker.system(),
                KillPoints.NONE);
        delivery.start();
        db.execute("INSERT INTO users (id) VALUES (1)");
        db.execute("INSERT INTO merchants (id, retry_delays) VALUES (7, '200ms')");
    }

    @AfterEach
    void close() {
        delivery.close();
        mail.close();
        http.close();
        deadlines.close();
        db.close();
        server.stop();
    }

    @Test
    void channel_that_cannot_be_reached_is_followed_by_another_in_the_same_try() throws Exception {
        int closed;
        try (ServerSocket socket = new ServerSocket(0)) {
            closed = socket.getLocalPort();
        }
        endpoint("HTTP", "http://127.0.0.1:" + closed + "/", 0, 0);
        endpoint("EMAIL", "mailto:orders@shop.example", 1, 0);
        notification();
        awaitDelivered();
        assertEquals("CONNECT,DELIVERED", outcomes());
        assertEquals(1, db.number("SELECT attempts FROM notifications"));
        assertEquals(1, server.getReceivedMessages().length);
    }

    @Test
    void fallback_comes_in_instead_of_death() throws Exception {
        try (Peer peer = Peer.answering(Peer.status("404 Not Found", "no"))) {
            endpoint("HTTP", peer.url("/"), 0, 0);
            endpoint("EMAIL", "mailto:orders@shop.example", 0, 1);
            notification();
            awaitDelivered();
        }
        assertEquals("STATUS,STATUS,DELIVERED", outcomes(), "two tries by HTTP, and mail in the last of them");
        assertEquals(1, server.getReceivedMessages().length);
    }

    private void endpoint(String channel, String url, int priority, int fallback) {
        db.execute(
                "INSERT INTO merchant_endpoints (merchant_id, channel, url, secret, priority, fallback)"
                        + " VALUES (7, ?, ?, ?, ?, ?)",
                channel,
                url,
                Sent.SECRET,
                priority,
                fallback);
    }

    private void notification() {
        NewNotification row = new NewNotification(
                NewNotification.idOf(1, OrderState.PAID), 1, 1, null, null, 7, 1, OrderState.PAID, Sent.BODY);
        database.run(tx -> new NotificationStore().create(tx, List.of(row)));
    }

    private void awaitDelivered() {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> {
                    try (Tenure tenure = ownership.begin()) {
                        new NotifyRetryJob(database, delivery).sweep(tenure);
                    }
                    return db.number("SELECT COUNT(*) FROM notifications WHERE state = 'DELIVERED'") == 1;
                });
    }

    private String outcomes() {
        return db.text("SELECT GROUP_CONCAT(outcome ORDER BY id) FROM notification_attempts");
    }
}

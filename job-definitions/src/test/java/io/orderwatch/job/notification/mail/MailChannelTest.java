package io.orderwatch.job.notification.mail;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.orderwatch.job.mail.MailSettings;
import io.orderwatch.job.mail.Mailer;
import io.orderwatch.job.notification.Deadlines;
import io.orderwatch.job.notification.Message;
import io.orderwatch.job.notification.Outcome;
import io.orderwatch.job.notification.Reply;
import io.orderwatch.job.notification.Sent;
import io.orderwatch.job.notification.Target;
import jakarta.mail.internet.MimeMessage;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a real SMTP server in this process. */
class MailChannelTest {

    private final GreenMail server = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
    private final Deadlines deadlines = new Deadlines();
    private final List<MailChannel> channels = new ArrayList<>();

    @BeforeEach
    void start() {
        server.start();
    }

    @AfterEach
    void stop() {
        channels.forEach(MailChannel::close);
        deadlines.close();
        server.stop();
    }

    @Test
    void mail_that_the_server_took_is_delivered_and_signed() throws Exception {
        assertEquals(new Reply.Accepted(), Sent.reply(target("mailto:orders@shop.example"), 1));
        MimeMessage mail = server.getReceivedMessages()[0];
        assertEquals("Order T-1001: PAID, 12.30 EUR", mail.getSubject());
        assertEquals("orders@shop.example", mail.getAllRecipients()[0].toString());
        assertEquals(Sent.BODY, mail.getContent().toString().strip());
        assertEquals("<ow_1@orderwatch.example>", mail.getMessageID());
        String timestamp = mail.getHeader("webhook-timestamp")[0];
        assertEquals(
                Sent.signature(Sent.message(1, Duration.ofSeconds(1)), timestamp),
                mail.getHeader("webhook-signature")[0].replaceAll("\\s+", ""));
    }

    @Test
    void several_go_at_once_and_too_many_are_given_back() throws Exception {
        List<CompletableFuture<Reply>> replies = new ArrayList<>();
        Target target = target("mailto:orders@shop.example");
        for (int i = 0; i < 400; i++) {
            replies.add(Sent.start(target, Sent.message(i, Duration.ofSeconds(30)), null));
        }
        int taken = 0;
        for (CompletableFuture<Reply> reply : replies) {
            Reply told = reply.get(40, TimeUnit.SECONDS);
            assertTrue(told instanceof Reply.Accepted || told instanceof Reply.Withheld, told.toString());
            taken += told instanceof Reply.Accepted ? 1 : 0;
        }
        assertTrue(taken >= 200, taken + " were taken");
        assertEquals(taken, server.getReceivedMessages().length);
    }

    @Test
    void withheld_message_is_not_written() throws Exception {
        Message message = Sent.message(1, Duration.ofSeconds(5));
        assertEquals(
                new Reply.Withheld("not ours"), Sent.reply(target("mailto:orders@shop.example"), message, "not ours"));
        assertEquals(0, server.getReceivedMessages().length);
    }

    @Test
    void server_that_is_not_there_is_no_connection() throws Exception {
        int port = server.getSmtp().getPort();
        server.stop();
        Reply.Failed failed =
                assertInstanceOf(Reply.Failed.class, Sent.reply(target(port, "mailto:orders@shop.example"), 1));
        assertEquals(Outcome.CONNECT, failed.why());
        assertFalse(failed.written());
    }

    @Test
    void server_that_hangs_runs_into_the_deadline() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 5)) {
            Target target = target(silent.getLocalPort(), "mailto:orders@shop.example");
            Reply reply = Sent.reply(target, Sent.message(1, Duration.ofMillis(500)), null);
            assertEquals(
                    Outcome.TIMEOUT, assertInstanceOf(Reply.Failed.class, reply).why());
        }
    }

    @Test
    void addresses_that_are_none_are_refused() {
        for (String bad : List.of(
                "orders@shop.example", "mailto:", "mailto:shop", "mailto:a@b?bcc=c@d", "mailto:a@b\r\nBcc: c@d")) {
            assertThrows(IllegalArgumentException.class, () -> target(bad), bad);
        }
    }

    private Target target(String url) {
        return target(server.getSmtp().getPort(), url);
    }

    private Target target(int port, String url) {
        Mailer mailer = new Mailer(new MailSettings(
                "127.0.0.1",
                port,
                MailSettings.Security.NONE,
                "",
                "",
                "watch@orderwatch.example",
                Duration.ofSeconds(3)));
        MailChannel channel = new MailChannel(mailer, deadlines, InstantSource.system());
        channels.add(channel);
        return channel.target(Sent.endpoint(MailChannel.NAME, url));
    }
}

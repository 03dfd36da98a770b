package io.orderwatch.job.notification.sms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.job.alert.Receiver;
import io.orderwatch.job.gateway.SmsSettings;
import io.orderwatch.job.notification.Deadlines;
import io.orderwatch.job.notification.Message;
import io.orderwatch.job.notification.Outcome;
import io.orderwatch.job.notification.Reply;
import io.orderwatch.job.notification.Sent;
import io.orderwatch.job.notification.Target;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Against a gateway on the loopback address. */
class SmsChannelTest {

    private final Receiver gateway = new Receiver();
    private final Deadlines deadlines = new Deadlines();
    private final SmsChannel channel = channel(Duration.ofSeconds(30));

    @AfterEach
    void stop() {
        channel.close();
        deadlines.close();
        gateway.close();
    }

    @Test
    void message_that_the_gateway_took_is_delivered() throws Exception {
        assertEquals(new Reply.Accepted(), Sent.reply(target("tel:+491234567"), 1));
        Receiver.Request request = gateway.requests().get(0);
        assertEquals("{\"to\": \"+491234567\", \"text\": \"Order T-1001: PAID, 12.30 EUR\"}", request.body());
        assertEquals("ow_1", request.key(), "the gateway can tell a second try from a second message");
        assertEquals("Basic sesame", request.authorization());
    }

    @Test
    void gateway_that_refuses_is_not_quoted() throws Exception {
        gateway.answer(Receiver.status(402, "no credit for Basic sesame"));
        assertEquals(new Reply.Refused("The SMS gateway answered HTTP 402"), Sent.reply(target("tel:+491234567"), 1));
    }

    @Test
    void gateway_that_hangs_or_is_not_there_is_told_apart() throws Exception {
        gateway.answer(exchange -> {
            try {
                Thread.sleep(2_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Reply.Failed late;
        try (SmsChannel impatient = channel(Duration.ofMillis(700))) {
            late = assertInstanceOf(
                    Reply.Failed.class,
                    Sent.reply(impatient.target(Sent.endpoint(SmsChannel.NAME, "tel:+491234567")), 1));
        }
        assertEquals(Outcome.TIMEOUT, late.why());
        assertTrue(late.written());
        gateway.close();
        Reply.Failed away = assertInstanceOf(Reply.Failed.class, Sent.reply(target("tel:+491234567"), 2));
        assertEquals(Outcome.CONNECT, away.why());
        assertFalse(away.written());
    }

    @Test
    void withheld_message_is_not_written() throws Exception {
        Message message = Sent.message(1, Duration.ofSeconds(5));
        assertEquals(new Reply.Withheld("not ours"), Sent.reply(target("tel:+491234567"), message, "not ours"));
        assertEquals(0, gateway.requests().size());
    }

    @Test
    void addresses_that_are_none_are_refused() {
        for (String bad : List.of("+49123", "tel:", "tel:abc", "tel:+49/1", "tel:12")) {
            assertThrows(IllegalArgumentException.class, () -> target(bad), bad);
        }
    }

    private SmsChannel channel(Duration deadline) {
        return new SmsChannel(
                new SmsSettings(URI.create(gateway.address() + "/send"), "Basic sesame", SmsSettings.USUAL_BODY),
                deadline,
                deadlines);
    }

    private Target target(String url) {
        return channel.target(Sent.endpoint(SmsChannel.NAME, url));
    }
}

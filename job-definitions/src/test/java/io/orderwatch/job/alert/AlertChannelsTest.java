package io.orderwatch.job.alert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.orderwatch.dao.alert.Severity;
import io.orderwatch.dao.alert.Stage;
import io.orderwatch.job.gateway.SmsSettings;
import io.orderwatch.job.mail.MailSettings;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Each channel against a service that listens on the loopback address. */
class AlertChannelsTest {

    private static final String TOKEN = "123456:AAE-secret";
    private static final Duration DEADLINE = Duration.ofMillis(800);
    private static final AlertMessage MESSAGE = new AlertMessage(
            "alert-7",
            "queue",
            "",
            Severity.CRITICAL,
            Stage.OPENED,
            "[CRITICAL] orderwatch: 商户 “7”",
            "Time: now\nFigures: \"1\"",
            Instant.parse("2026-11-21T12:00:00Z"));

    private final ObjectMapper json = new ObjectMapper();
    private final Receiver receiver = new Receiver();

    @AfterEach
    void close() {
        receiver.close();
    }

    @Test
    void telegram_gets_the_text_into_its_chat() throws Exception {
        AlertChannel telegram = only(telegram(), null, null, null, null);
        assertEquals("HTTP 200", telegram.send(MESSAGE));
        Receiver.Request request = receiver.requests().get(0);
        assertEquals("/bot" + TOKEN + "/sendMessage", request.path());
        JsonNode body = json.readTree(request.body());
        assertEquals("-100", body.get("chat_id").asText());
        assertEquals(
                MESSAGE.title() + "\n" + MESSAGE.message(), body.get("text").asText());
    }

    @Test
    void telegram_that_wants_less_is_asked_later() {
        receiver.answer(Receiver.status(429, "{\"ok\":false,\"parameters\":{\"retry_after\":17}}"));
        AlertChannel telegram = only(telegram(), null, null, null, null);
        AlertNotSentException e = assertThrows(AlertNotSentException.class, () -> telegram.send(MESSAGE));
        assertEquals(Duration.ofSeconds(17), e.retryAfter());
    }

    @Test
    void no_failure_shows_a_token() throws Exception {
        List<AlertChannelSettings> all = List.of(
                settings(telegram(), null, null, null, null),
                settings(null, wecom(), null, null, null),
                settings(null, null, webhook(), null, null),
                settings(null, null, null, null, sms()));
        // one that repeats what it was sent, headers and all
        Receiver.Answer echo = exchange -> Receiver.status(
                        403,
                        exchange.getRequestURI() + " "
                                + exchange.getRequestHeaders().getFirst("Authorization"))
                .to(exchange);
        for (Receiver.Answer answer : List.of(echo, (Receiver.Answer) exchange -> exchange.close())) {
            receiver.answer(answer);
            for (AlertChannelSettings one : all) {
                try (AlertChannels channels = new AlertChannels(one)) {
                    AlertNotSentException e = assertThrows(
                            AlertNotSentException.class,
                            () -> channels.all().get(0).send(MESSAGE));
                    assertFalse(e.getMessage().contains("secret"), e.getMessage());
                    assertFalse(one.toString().contains("secret"), one.toString());
                }
            }
        }
        receiver.close();
        for (AlertChannelSettings one : all) {
            try (AlertChannels channels = new AlertChannels(one)) {
                AlertNotSentException e = assertThrows(
                        AlertNotSentException.class, () -> channels.all().get(0).send(MESSAGE));
                assertTrue(e.getMessage().contains("no connection"), e.getMessage());
                assertFalse(e.getMessage().contains("secret"), e.getMessage());
            }
        }
    }

    @Test
    void wecom_answers_200_whatever_it_thinks() throws Exception {
        AlertChannel wecom = only(null, wecom(), null, null, null);
        wecom.send(MESSAGE);
        Receiver.Request request = receiver.requests().get(0);
        assertEquals("/cgi-bin/webhook/send?key=693a-secret", request.path());
        assertEquals("text", json.readTree(request.body()).get("msgtype").asText());
        assertTrue(json.readTree(request.body()).at("/text/content").asText().contains("商户"));
        receiver.answer(Receiver.status(200, "{\"errcode\":93000,\"errmsg\":\"invalid webhook url\"}"));
        AlertNotSentException e = assertThrows(AlertNotSentException.class, () -> wecom.send(MESSAGE));
        assertTrue(e.getMessage().contains("93000"), e.getMessage());
    }

    @Test
    void wecom_takes_2048_bytes_and_no_half_of_a_character() {
        String cut = WecomAlerts.fitting("a" + "商".repeat(1000));
        assertTrue(cut.getBytes(StandardCharsets.UTF_8).length <= 2048);
        assertEquals("a" + "商".repeat(682), cut);
        assertEquals("short", WecomAlerts.fitting("short"));
    }

    @Test
    void webhook_gets_an_object_that_a_program_can_read() throws Exception {
        only(null, null, webhook(), null, null).send(MESSAGE);
        Receiver.Request request = receiver.requests().get(0);
        assertEquals("Bearer secret", request.authorization());
        JsonNode body = json.readTree(request.body());
        assertEquals("alert-7", body.get("id").asText());
        assertEquals("CRITICAL", body.get("severity").asText());
        assertEquals("OPENED", body.get("stage").asText());
        assertEquals("2026-11-21T12:00:00Z", body.get("time").asText());
    }

    @Test
    void sms_gateway_gets_the_title_for_each_number_in_the_shape_that_it_wants() throws Exception {
        AlertChannel sms = only(null, null, null, null, sms());
        assertTrue(sms.onlyCritical());
        sms.send(MESSAGE);
        assertEquals(2, receiver.requests().size());
        JsonNode body = json.readTree(receiver.requests().get(0).body());
        assertEquals(MESSAGE.title(), body.at("/message/content").asText(), "quotes in a title are escaped");
        assertEquals(
                List.of("+4912", "+4913"),
                receiver.requests().stream()
                        .map(request -> {
                            try {
                                return json.readTree(request.body())
                                        .get("phone")
                                        .asText();
                            } catch (IOException e) {
                                throw new AssertionError(e);
                            }
                        })
                        .sorted()
                        .toList());
        assertTrue(receiver.requests().get(0).key().startsWith("alert-7-"));
    }

    @Test
    void an_answer_that_drips_in_is_given_up_at_the_deadline() {
        receiver.answer(exchange -> {
            exchange.sendResponseHeaders(200, 1_000_000);
            try {
                while (true) {
                    exchange.getResponseBody().write('x');
                    exchange.getResponseBody().flush();
                    Thread.sleep(50);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        AlertChannel webhook = only(null, null, webhook(), null, null);
        long before = System.nanoTime();
        AlertNotSentException e = assertThrows(AlertNotSentException.class, () -> webhook.send(MESSAGE));
        assertTrue(e.getMessage().contains("no complete answer within 800 ms"), e.getMessage());
        assertTrue(Duration.ofNanos(System.nanoTime() - before).toMillis() < 3_000);
    }

    /** A hook that was taken over must not lead what it is sent, and its token, elsewhere. */
    @Test
    void redirects_are_not_followed() throws Exception {
        try (Receiver canary = new Receiver()) {
            for (int status : new int[] {301, 302, 303, 307, 308}) {
                receiver.answer(exchange -> {
                    exchange.getResponseHeaders().set("Location", canary.address() + "/");
                    exchange.sendResponseHeaders(status, -1);
                });
                assertThrows(AlertNotSentException.class, () -> only(null, null, webhook(), null, null)
                        .send(MESSAGE));
            }
            assertFalse(receiver.requests().isEmpty());
            assertEquals(0, canary.requests().size(), "nobody was led elsewhere");
        }
    }

    @Test
    void an_answer_without_end_is_read_no_further_than_it_has_to() throws Exception {
        receiver.answer(exchange -> {
            exchange.sendResponseHeaders(200, 0);
            byte[] much = "x".repeat(8192).getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < 10_000; i++) {
                exchange.getResponseBody().write(much);
            }
        });
        assertEquals("HTTP 200", only(null, null, webhook(), null, null).send(MESSAGE));
    }

    @Test
    void mail_arrives_with_title_and_text() throws Exception {
        GreenMail server = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
        server.setUser("watch@orderwatch.example", "watch", "secret");
        server.start();
        try {
            int port = server.getSmtp().getPort();
            only(null, null, null, mail(port, "secret"), null).send(MESSAGE);
            MimeMessage[] received = server.getReceivedMessages();
            assertEquals(2, received.length, "one for each of the two");
            assertEquals(MESSAGE.title(), received[0].getSubject());
            assertEquals(
                    MESSAGE.title() + "\n" + MESSAGE.message(),
                    received[0].getContent().toString().replace("\r\n", "\n").strip());
            assertEquals("<alert-7@orderwatch.example>", received[0].getMessageID());
            AlertNotSentException e = assertThrows(
                    AlertNotSentException.class, () -> only(null, null, null, mail(port, "wrong-secret"), null)
                            .send(MESSAGE));
            assertTrue(e.getMessage().contains("refused"), e.getMessage());
            assertFalse(e.getMessage().contains("secret"), e.getMessage());
        } finally {
            server.stop();
        }
    }

    @Test
    void mail_server_that_hangs_or_is_not_there_is_given_up() throws Exception {
        int port;
        try (ServerSocket silent = new ServerSocket(0, 1)) {
            port = silent.getLocalPort();
            AlertNotSentException e =
                    assertThrows(AlertNotSentException.class, () -> only(null, null, null, mail(port, "x"), null)
                            .send(MESSAGE));
            assertTrue(e.getMessage().contains("did not answer within 800 ms"), e.getMessage());
        }
        AlertNotSentException e =
                assertThrows(AlertNotSentException.class, () -> only(null, null, null, mail(port, "x"), null)
                        .send(MESSAGE));
        assertTrue(e.getMessage().contains("no connection"), e.getMessage());
    }

    @Test
    void a_trial_says_of_each_channel_what_happened() throws Exception {
        receiver.answer(
                exchange -> Receiver.status(exchange.getRequestURI().getPath().contains("bot") ? 404 : 200, "{}")
                        .to(exchange));
        AlertSettings settings = new AlertSettings(
                "orderwatch",
                Locale.ENGLISH,
                ZoneOffset.UTC,
                Duration.ofHours(1),
                Duration.ofHours(1),
                true,
                true,
                null,
                null,
                null,
                null,
                null);
        try (AlertChannels channels = new AlertChannels(settings(telegram(), null, webhook(), null, null))) {
            List<AlertTrial.Result> results = new AlertTrial(settings, InstantSource.system()).run(channels, "me@here");
            assertEquals(
                    List.of("telegram", "webhook"),
                    results.stream().map(AlertTrial.Result::channel).toList());
            assertFalse(results.get(0).sent());
            assertEquals("Telegram answered HTTP 404 {}", results.get(0).said());
            assertTrue(results.get(1).sent());
            assertTrue(receiver.requests().get(1).body().contains("me@here tries whether alerts arrive"));
        }
    }

    private AlertChannelSettings.Telegram telegram() {
        return new AlertChannelSettings.Telegram(receiver.address().toString(), TOKEN, "-100");
    }

    private AlertChannelSettings.Wecom wecom() {
        return new AlertChannelSettings.Wecom(receiver.address() + "/cgi-bin/webhook/send", "693a-secret");
    }

    private AlertChannelSettings.Webhook webhook() {
        return new AlertChannelSettings.Webhook(URI.create(receiver.address() + "/hook/secret"), "Bearer secret");
    }

    private AlertChannelSettings.Sms sms() {
        return new AlertChannelSettings.Sms(
                new SmsSettings(
                        URI.create(receiver.address() + "/sms"),
                        "Basic secret",
                        "{\"phone\": \"{to}\", \"message\": {\"content\": \"{text}\"}}"),
                List.of("+4912", "+4913"));
    }

    private static AlertChannelSettings.Mail mail(int port, String password) {
        return new AlertChannelSettings.Mail(
                new MailSettings(
                        "127.0.0.1",
                        port,
                        MailSettings.Security.NONE,
                        "watch",
                        password,
                        "watch@orderwatch.example",
                        DEADLINE),
                "ops@example.com, night@example.com");
    }

    private static AlertChannelSettings settings(
            AlertChannelSettings.Telegram telegram,
            AlertChannelSettings.Wecom wecom,
            AlertChannelSettings.Webhook webhook,
            AlertChannelSettings.Mail mail,
            AlertChannelSettings.Sms sms) {
        return new AlertChannelSettings(DEADLINE, telegram, wecom, webhook, mail, sms);
    }

    private static AlertChannel only(
            AlertChannelSettings.Telegram telegram,
            AlertChannelSettings.Wecom wecom,
            AlertChannelSettings.Webhook webhook,
            AlertChannelSettings.Mail mail,
            AlertChannelSettings.Sms sms) {
        return new AlertChannels(settings(telegram, wecom, webhook, mail, sms))
                .all()
                .get(0);
    }
}

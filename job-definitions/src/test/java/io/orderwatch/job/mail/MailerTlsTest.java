package io.orderwatch.job.mail;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.orderwatch.job.Authority;
import io.orderwatch.job.SelfSigned;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Against an SMTP server that speaks TLS from the first byte, with a certificate for {@code localhost}. */
class MailerTlsTest {

    @TempDir
    private static Path folder;

    private static SelfSigned certificate;
    private static GreenMail server;

    @BeforeAll
    static void start() throws Exception {
        certificate = SelfSigned.in(folder);
        System.setProperty("greenmail.tls.keystore.file", certificate.store().toString());
        System.setProperty("greenmail.tls.keystore.password", SelfSigned.PASSWORD);
        server = new GreenMail(
                new ServerSetup[] {patient(ServerSetup.PROTOCOL_SMTPS), patient(ServerSetup.PROTOCOL_SMTP)});
        server.start();
    }

    private static ServerSetup patient(String protocol) {
        ServerSetup setup = new ServerSetup(0, "127.0.0.1", protocol);
        // a busy machine takes its time
        setup.setServerStartupTimeout(20_000);
        return setup;
    }

    @AfterAll
    static void stop() {
        server.stop();
        System.clearProperty("greenmail.tls.keystore.file");
        System.clearProperty("greenmail.tls.keystore.password");
    }

    @Test
    void certificate_that_is_vouched_for_is_taken() throws Exception {
        int before = server.getReceivedMessages().length;
        send("localhost", certificate.trusting().getSocketFactory());
        assertEquals(before + 1, server.getReceivedMessages().length);
    }

    @Test
    void certificate_that_nobody_vouches_for_is_refused() {
        int before = server.getReceivedMessages().length;
        MailException refused = assertThrows(MailException.class, () -> send("localhost", null));
        assertEquals(MailException.Why.TLS, refused.why());
        assertEquals(before, server.getReceivedMessages().length);
    }

    @Test
    void certificate_of_another_name_is_refused() throws Exception {
        int before = server.getReceivedMessages().length;
        SSLSocketFactory trust = certificate.trusting().getSocketFactory();
        MailException refused = assertThrows(MailException.class, () -> send("127.0.0.1", trust));
        assertEquals(MailException.Why.TLS, refused.why());
        assertEquals(before, server.getReceivedMessages().length);
    }

    /** From an authority that is believed, and for the right name: its dates alone decide. */
    @ParameterizedTest
    @EnumSource(Authority.Term.class)
    void certificate_is_taken_neither_before_nor_after_its_time(Authority.Term term) throws Exception {
        Authority authority = Authority.in(Files.createDirectory(folder.resolve(term.name())));
        SSLSocketFactory trust = authority.trusting().getSocketFactory();
        int before = server.getReceivedMessages().length;
        try (TlsFront front =
                new TlsFront(authority.serving(term), server.getSmtp().getPort())) {
            if (term == Authority.Term.NOW) {
                send("localhost", front.port(), trust);
                assertEquals(before + 1, server.getReceivedMessages().length);
            } else {
                MailException refused = assertThrows(MailException.class, () -> send("localhost", front.port(), trust));
                assertEquals(MailException.Why.TLS, refused.why());
                assertEquals(before, server.getReceivedMessages().length);
            }
        }
    }

    private static void send(String host, @Nullable SSLSocketFactory trust) throws MailException {
        send(host, server.getSmtps().getPort(), trust);
    }

    private static void send(String host, int port, @Nullable SSLSocketFactory trust) throws MailException {
        MailSettings settings = new MailSettings(
                host, port, MailSettings.Security.TLS, "", "", "orderwatch@orderwatch.example", Duration.ofSeconds(5));
        new Mailer(settings, trust).send("orders@shop.example", "s", "t", "ow_1", Map.of(), Instant.EPOCH);
    }
}

package io.orderwatch.job.notification;

import static org.junit.jupiter.api.Assertions.assertThrows;

import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import io.orderwatch.dao.notification.Secrets;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What we sign is what the library that Standard Webhooks publishes for merchants takes, and nothing else is. */
class PublishedVerifierTest {

    private static final String OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final String NEW = "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4";
    private static final String BODY = "{\"event\":\"PAID\",\"name\":\"订单\"}";

    @Test
    void our_signature_is_taken() throws Exception {
        new Webhook(NEW).verify(BODY, headers(new Secrets(NEW, null), BODY));
    }

    @Test
    void while_a_secret_is_rotated_the_old_one_and_the_new_one_are_taken() throws Exception {
        HttpHeaders headers = headers(new Secrets(NEW, OLD), BODY);
        new Webhook(NEW).verify(BODY, headers);
        new Webhook(OLD).verify(BODY, headers);
    }

    @Test
    void after_that_the_old_one_is_not() {
        HttpHeaders headers = headers(new Secrets(NEW, null), BODY);
        assertThrows(WebhookVerificationException.class, () -> new Webhook(OLD).verify(BODY, headers));
    }

    @Test
    void another_body_is_not() {
        HttpHeaders headers = headers(new Secrets(NEW, OLD), BODY);
        assertThrows(WebhookVerificationException.class, () -> new Webhook(NEW)
                .verify(BODY.replace("PAID", "FAILED"), headers));
    }

    private static HttpHeaders headers(Secrets secrets, String body) {
        String id = Message.id(77);
        long now = Instant.now().getEpochSecond(); // the library compares it with its own clock
        String signature = Signature.with(secrets).sign(id, now, body.getBytes(StandardCharsets.UTF_8));
        Map<String, List<String>> headers = Map.of(
                "webhook-id", List.of(id),
                "webhook-timestamp", List.of(Long.toString(now)),
                "webhook-signature", List.of(signature));
        return HttpHeaders.of(headers, (name, value) -> true);
    }
}

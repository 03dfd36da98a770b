package io.orderwatch.job.notification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.orderwatch.dao.notification.Secrets;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SignatureTest {

    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final byte[] BODY = "{\"test\": 2432232314}".getBytes(StandardCharsets.UTF_8);

    /** The vector that Standard Webhooks publishes with its libraries. */
    @Test
    void published_vector_is_signed_as_published() {
        String signature = with(SECRET).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, BODY);
        assertEquals("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", signature);
    }

    @Test
    void a_secret_without_prefix_is_its_bytes() {
        // the same 24 bytes, once as base64 and once as text
        String encoded = with("whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4").sign("id", 1, BODY);
        assertEquals(encoded, with("abcdefghijklmnopqrstuvwx").sign("id", 1, BODY));
    }

    @Test
    void every_part_is_signed() {
        Signature signature = with(SECRET);
        Set<String> distinct = new HashSet<>(Set.of(
                signature.sign("id", 1, BODY),
                signature.sign("ie", 1, BODY),
                signature.sign("id", 2, BODY),
                signature.sign("id", 1, new byte[0])));
        assertEquals(4, distinct.size());
        assertNotEquals(signature.sign("id", 1, BODY), with("another").sign("id", 1, BODY));
    }

    @Test
    void many_threads_sign_alike() {
        Signature signature = with(SECRET);
        Set<String> distinct = ConcurrentHashMap.newKeySet();
        IntStream.range(0, 10_000).parallel().forEach(i -> distinct.add(signature.sign("id", 1, BODY)));
        assertEquals(1, distinct.size());
    }

    @Test
    void bad_secrets_are_refused_without_being_shown() {
        String bad = "whsec_*not-base64*";
        String message =
                assertThrows(IllegalArgumentException.class, () -> with(bad)).getMessage();
        assertFalse(message.contains("not-base64"), message);
        assertThrows(IllegalArgumentException.class, () -> with(""));
        assertThrows(IllegalArgumentException.class, () -> with("whsec_"));
    }

    @Test
    void secret_is_not_printed() {
        assertEquals("Signature", with(SECRET).toString());
    }

    @Test
    void while_a_secret_is_rotated_both_sign() {
        String both = Signature.with(new Secrets(SECRET, "another")).sign("id", 1, BODY);
        assertEquals(with(SECRET).sign("id", 1, BODY) + ' ' + with("another").sign("id", 1, BODY), both);
    }

    @Test
    void a_bad_previous_secret_is_refused_without_being_shown() {
        String message = assertThrows(
                        IllegalArgumentException.class, () -> Signature.with(new Secrets(SECRET, "whsec_*hush*")))
                .getMessage();
        assertEquals("the previous secret is not base64 after whsec_", message);
    }

    private static Signature with(String secret) {
        return Signature.with(new Secrets(secret, null));
    }
}

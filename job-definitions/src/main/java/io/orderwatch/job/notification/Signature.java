package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.Secrets;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signs messages as Standard Webhooks 1.0.0 says: HMAC-SHA256 over {@code id.timestamp.body}. Safe for many threads. */
public final class Signature {

    private static final String ALGORITHM = "HmacSHA256";
    private static final String PREFIX = "whsec_";

    // hold the keys and are never fed, only cloned: a clone costs a fraction of a look-up at the provider and a new key
    private final List<Mac> keyed;

    private Signature(List<Mac> keyed) {
        this.keyed = List.copyOf(keyed);
    }

    /**
     * Signs with the current secret and, while there is one, with the previous one too.
     *
     * @param secrets {@code whsec_} and base64; any other text is taken as its UTF-8 bytes
     * @throws IllegalArgumentException when one is empty, or not base64 after {@code whsec_}; the message does not
     *     show it
     */
    public static Signature with(Secrets secrets) {
        List<Mac> keyed = new ArrayList<>();
        keyed.add(mac("the secret", secrets.current()));
        if (secrets.previous() != null) {
            keyed.add(mac("the previous secret", secrets.previous()));
        }
        return new Signature(keyed);
    }

    private static Mac mac(String name, String secret) {
        byte[] key = key(name, secret);
        if (key.length == 0) {
            throw new IllegalArgumentException(name + " is empty");
        }
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This JVM cannot compute " + ALGORITHM, e);
        }
    }

    private static byte[] key(String name, String secret) {
        if (!secret.startsWith(PREFIX)) {
            return secret.getBytes(StandardCharsets.UTF_8);
        }
        try {
            return Base64.getDecoder().decode(secret.substring(PREFIX.length()));
        } catch (IllegalArgumentException e) {
            // the decoder's message quotes what it was given
            throw new IllegalArgumentException(name + " is not base64 after " + PREFIX);
        }
    }

    /** The value of the {@code webhook-signature} header: a signature of each secret, with a space between. */
    public String sign(String id, long timestamp, byte[] body) {
        byte[] head = (id + '.' + timestamp + '.').getBytes(StandardCharsets.UTF_8);
        StringBuilder header = new StringBuilder();
        for (Mac key : keyed) {
            if (header.length() > 0) {
                header.append(' ');
            }
            header.append("v1,").append(Base64.getEncoder().encodeToString(sign(key, head, body)));
        }
        return header.toString();
    }

    private static byte[] sign(Mac key, byte[] head, byte[] body) {
        try {
            Mac mac = (Mac) key.clone();
            mac.update(head);
            return mac.doFinal(body);
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("This JVM's " + ALGORITHM + " cannot be cloned", e);
        }
    }

    @Override
    public String toString() {
        return "Signature";
    }
}

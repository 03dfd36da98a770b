package io.orderwatch.job.notification;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signs messages as Standard Webhooks 1.0.0 says: HMAC-SHA256 over {@code id.timestamp.body}. Safe for many threads. */
final class Signature {

    private static final String ALGORITHM = "HmacSHA256";
    private static final String PREFIX = "whsec_";

    // holds the key and is never fed, only cloned: a clone costs a fraction of a look-up at the provider and a new key
    private final Mac keyed;

    private Signature(Mac keyed) {
        this.keyed = keyed;
    }

    /**
     * @param secret {@code whsec_} and base64; any other text is taken as its UTF-8 bytes
     * @throws IllegalArgumentException when it is empty, or not base64 after {@code whsec_}; the message does not
     *     show it
     */
    static Signature with(String secret) {
        byte[] key = key(secret);
        if (key.length == 0) {
            throw new IllegalArgumentException("the secret is empty");
        }
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            return new Signature(mac);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This JVM cannot compute " + ALGORITHM, e);
        }
    }

    private static byte[] key(String secret) {
        if (!secret.startsWith(PREFIX)) {
            return secret.getBytes(StandardCharsets.UTF_8);
        }
        try {
            return Base64.getDecoder().decode(secret.substring(PREFIX.length()));
        } catch (IllegalArgumentException e) {
            // the decoder's message quotes what it was given
            throw new IllegalArgumentException("the secret is not base64 after " + PREFIX);
        }
    }

    /** The value of the {@code webhook-signature} header. */
    String sign(String id, long timestamp, byte[] body) {
        try {
            Mac mac = (Mac) keyed.clone();
            mac.update((id + '.' + timestamp + '.').getBytes(StandardCharsets.UTF_8));
            return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("This JVM's " + ALGORITHM + " cannot be cloned", e);
        }
    }

    @Override
    public String toString() {
        return "Signature";
    }
}

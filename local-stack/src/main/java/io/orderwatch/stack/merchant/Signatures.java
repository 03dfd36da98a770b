package io.orderwatch.stack.merchant;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocal;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongFunction;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** Checks signatures as Standard Webhooks 1.0.0 tells receivers to. */
final class Signatures {

    private static final String ALGORITHM = "HmacSHA256";
    private static final String SCHEME = "v1,";
    private static final String SECRET_PREFIX = "whsec_";
    private static final long TOLERANCE_SECONDS = 300;

    private final LongFunction<String> secrets;
    private final InstantSource clock;
    /** A ready Mac for each merchant, as making one costs more than using it. */
    private final FastThreadLocal<Map<Long, Mac>> macs = new FastThreadLocal<>() {
        @Override
        protected Map<Long, Mac> initialValue() {
            return new HashMap<>();
        }
    };

    /** @param secrets the secret of a merchant as {@code merchant_endpoints.secret} has it */
    Signatures(LongFunction<String> secrets, InstantSource clock) {
        this.secrets = secrets;
        this.clock = clock;
    }

    boolean isValid(
            long merchant, @Nullable String id, @Nullable String timestamp, @Nullable String signatures, ByteBuf body) {
        if (id == null || timestamp == null || signatures == null || !isRecent(timestamp)) {
            return false;
        }
        Mac mac = macs.get().computeIfAbsent(merchant, this::mac);
        mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
        mac.update(body.nioBuffer());
        byte[] expected = Base64.getEncoder().encode(mac.doFinal());
        for (String signature : signatures.split(" ")) {
            if (signature.startsWith(SCHEME)
                    && MessageDigest.isEqual(
                            expected, signature.substring(SCHEME.length()).getBytes(StandardCharsets.UTF_8))) {
                return true;
            }
        }
        return false;
    }

    private boolean isRecent(String timestamp) {
        try {
            long now = clock.instant().getEpochSecond();
            return Math.abs(Math.subtractExact(now, Long.parseLong(timestamp))) <= TOLERANCE_SECONDS;
        } catch (NumberFormatException | ArithmeticException nonsense) {
            return false;
        }
    }

    private Mac mac(long merchant) {
        String secret = secrets.apply(merchant);
        byte[] key = secret.startsWith(SECRET_PREFIX)
                ? Base64.getDecoder().decode(secret.substring(SECRET_PREFIX.length()))
                : secret.getBytes(StandardCharsets.UTF_8);
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This JDK cannot do " + ALGORITHM, e);
        }
    }
}

package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.Endpoint;
import io.orderwatch.dao.notification.Merchant;
import io.orderwatch.dao.notification.Pace;
import io.orderwatch.dao.notification.Preference;
import io.orderwatch.dao.notification.Retries;
import io.orderwatch.dao.notification.Secrets;
import io.orderwatch.dao.notification.SuccessRule;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Rows of merchants of which only what a test is about is said. */
final class Rows {

    private Rows() {}

    static Merchant merchant(long id, Endpoint... endpoints) {
        return merchant(id, null, endpoints);
    }

    static Merchant merchant(long id, @Nullable String delays, Endpoint... endpoints) {
        return new Merchant(
                id, "", true, Set.of(), SuccessRule.ANY_2XX, new Retries("default", delays), List.of(endpoints));
    }

    static Endpoint endpoint(long id, long merchantId, String url, String secret, int maxInFlight) {
        return new Endpoint(
                id,
                merchantId,
                Endpoint.HTTP,
                url,
                new Secrets(secret, null),
                Preference.USUAL,
                Pace.atATime(maxInFlight),
                Set.of());
    }

    /** One that is never called. */
    static Target target(Endpoint endpoint) {
        return new Target() {
            @Override
            public Endpoint endpoint() {
                return endpoint;
            }

            @Override
            public void send(Message message, Supplier<@Nullable String> lastLook, Consumer<Reply> then) {
                throw new UnsupportedOperationException();
            }
        };
    }

    /** Makes targets of good HTTP addresses, which are never called. */
    static Channels channels() {
        return new Channels(Map.of(Endpoint.HTTP, new Channel() {
            @Override
            public Target target(Endpoint endpoint) {
                HttpAddress.of(endpoint);
                return Rows.target(endpoint);
            }

            @Override
            public void close() {}
        }));
    }
}

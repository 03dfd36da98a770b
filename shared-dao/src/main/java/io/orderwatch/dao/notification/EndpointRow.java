package io.orderwatch.dao.notification;

import io.orderwatch.dao.ColumnsInOrder;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

@ColumnsInOrder
record EndpointRow(
        long id,
        long merchantId,
        String channel,
        String url,
        byte[] secret,
        byte @Nullable [] previousSecret,
        int priority,
        int weight,
        int fallback,
        @Nullable String events,
        int maxInFlight,
        @Nullable BigDecimal ratePerSecond,
        @Nullable Integer rateBurst) {

    Endpoint endpoint() {
        return new Endpoint(
                id,
                merchantId,
                channel,
                url,
                new Secrets(text(secret), previousSecret == null ? null : text(previousSecret)),
                new Preference(priority, weight, fallback != 0),
                new Pace(maxInFlight, ratePerSecond, rateBurst),
                events == null ? Set.of() : MerchantRow.events(events));
    }

    private static String text(byte[] secret) {
        return new String(secret, StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return "endpoint " + id + " of merchant " + merchantId;
    }
}

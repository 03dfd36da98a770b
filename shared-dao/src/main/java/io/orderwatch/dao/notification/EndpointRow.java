package io.orderwatch.dao.notification;

import java.math.BigDecimal;
import java.util.Set;
import org.jspecify.annotations.Nullable;

record EndpointRow(
        long id,
        long merchantId,
        String channel,
        String url,
        String secret,
        @Nullable String previousSecret,
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
                new Secrets(secret, previousSecret),
                new Preference(priority, weight, fallback != 0),
                new Pace(maxInFlight, ratePerSecond, rateBurst),
                events == null ? Set.of() : MerchantRow.events(events));
    }

    @Override
    public String toString() {
        return "endpoint " + id + " of merchant " + merchantId;
    }
}

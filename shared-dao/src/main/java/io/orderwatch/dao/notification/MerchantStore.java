package io.orderwatch.dao.notification;

import io.orderwatch.dao.Ids;
import io.orderwatch.dao.Tx;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Merchants and their endpoints. Stateless. */
public final class MerchantStore {

    /** Those of the merchants that exist, by id. */
    public Map<Long, Merchant> find(Tx tx, Collection<Long> ids) {
        if (ids.isEmpty()) {
            return Map.of();
        }
        MerchantMapper mapper = tx.mapper(MerchantMapper.class);
        Map<Long, List<Endpoint>> endpoints = mapper.endpoints(new Ids(ids)).stream()
                .map(EndpointRow::endpoint)
                .collect(Collectors.groupingBy(Endpoint::merchantId));
        return mapper.merchants(new Ids(ids)).stream()
                .map(row -> row.merchant(endpoints.getOrDefault(row.id(), List.of())))
                .collect(Collectors.toMap(Merchant::id, Function.identity()));
    }

    /** What each of the merchants wants to hear of; a merchant that does not exist is missing. */
    public Map<Long, Subscription> subscriptions(Tx tx, Collection<Long> ids) {
        if (ids.isEmpty()) {
            return Map.of();
        }
        return tx.mapper(MerchantMapper.class).subscriptions(new Ids(ids)).stream()
                .collect(Collectors.toMap(SubscriptionRow::id, SubscriptionRow::subscription));
    }
}

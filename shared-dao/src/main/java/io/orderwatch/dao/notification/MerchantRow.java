package io.orderwatch.dao.notification;

import io.orderwatch.dao.ColumnsInOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

@ColumnsInOrder
record MerchantRow(
        long id,
        String name,
        int status,
        String events,
        String successStatus,
        @Nullable String successWord,
        @Nullable String successJsonPointer,
        @Nullable String successJsonValue,
        String retryPreset,
        @Nullable String retryDelays) {

    Merchant merchant(List<Endpoint> endpoints) {
        return new Merchant(
                id,
                name,
                status == 1,
                events(events),
                new SuccessRule(successStatus, successWord, successJsonPointer, successJsonValue),
                new Retries(retryPreset, retryDelays),
                endpoints);
    }

    static Set<String> events(String written) {
        return Arrays.stream(written.split(","))
                .map(String::trim)
                .filter(event -> !event.isEmpty())
                .collect(Collectors.toUnmodifiableSet());
    }
}

package io.orderwatch.stack.merchant;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What the requests read and write: how merchants behave, and what was counted. Safe for use by many threads. */
final class Records {

    final Deliveries deliveries = new Deliveries();
    final Counters all = new Counters();
    final Map<Long, Behaviour> behaviours = new ConcurrentHashMap<>();
    volatile Behaviour behaviourOfAll = Behaviour.OK;

    private final Map<Long, Counters> byMerchant = new ConcurrentHashMap<>();

    Behaviour behaviour(long merchant) {
        return behaviours.isEmpty() ? behaviourOfAll : behaviours.getOrDefault(merchant, behaviourOfAll);
    }

    Counters counters(long merchant) {
        Counters known = byMerchant.get(merchant);
        return known != null ? known : byMerchant.computeIfAbsent(merchant, id -> new Counters());
    }

    MerchantStats stats(long merchant) {
        Counters known = byMerchant.get(merchant);
        return known == null ? new MerchantStats(0, 0, 0, 0) : known.stats();
    }
}

package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.Endpoint;
import io.orderwatch.dao.notification.Merchant;
import io.orderwatch.dao.notification.Retries;
import io.orderwatch.job.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers merchants for half a second, so that a row that an operator edits takes effect within a second and a batch
 * costs one look-up of those that are missing. Safe for use by many threads.
 */
final class MerchantDirectory {

    private static final Logger LOG = LoggerFactory.getLogger(MerchantDirectory.class);
    private static final long FRESH_NANOS = Duration.ofMillis(500).toNanos();
    private static final int REMEMBERED = 10_000;

    private final Function<Collection<Long>, Map<Long, Merchant>> source;
    private final Channels channels;
    private final Admission admission;
    private final Ticker ticker;
    private final Map<Long, Loaded> entries = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Loaded> eldest) {
            return size() > REMEMBERED;
        }
    };

    // not Entry: in a subclass of LinkedHashMap that is the map's own from Java 25 on
    private record Loaded(@Nullable Merchant merchant, Recipient recipient, long loadedAt) {}

    /** @param source gives those of the merchants that exist; its failures are passed on */
    MerchantDirectory(
            Function<Collection<Long>, Map<Long, Merchant>> source,
            Channels channels,
            Admission admission,
            Ticker ticker) {
        this.source = source;
        this.channels = channels;
        this.admission = admission;
        this.ticker = ticker;
    }

    /** All of the merchants that were asked for, by id. */
    synchronized Map<Long, Recipient> find(Collection<Long> ids) {
        long now = ticker.nanos();
        Map<Long, Recipient> found = new HashMap<>();
        List<Long> missing = new ArrayList<>();
        for (Long id : ids) {
            Loaded entry = entries.get(id);
            // what cannot be called is looked up each time: setting aside what was just mended would need a second
            // mending
            if (entry != null
                    && entry.recipient() instanceof Recipient.Reachable
                    && now - entry.loadedAt() < FRESH_NANOS) {
                found.put(id, entry.recipient());
            } else {
                missing.add(id);
            }
        }
        if (!missing.isEmpty()) {
            Map<Long, Merchant> loaded = source.apply(missing);
            for (Long id : missing) {
                Loaded entry = entry(id, loaded.get(id), now);
                entries.put(id, entry);
                found.put(id, entry.recipient());
            }
        }
        return found;
    }

    private Loaded entry(long id, @Nullable Merchant merchant, long now) {
        Loaded before = entries.get(id);
        if (before != null && merchant != null && merchant.equals(before.merchant())) {
            return new Loaded(merchant, before.recipient(), now);
        }
        return new Loaded(merchant, merchant == null ? unknown(id) : recipient(merchant), now);
    }

    private static Recipient unknown(long id) {
        return new Recipient.Unreachable("Merchant " + id + " does not exist");
    }

    private Recipient recipient(Merchant merchant) {
        if (merchant.endpoints().isEmpty()) {
            return new Recipient.Unreachable("Merchant " + merchant.id() + " has no endpoint that is on");
        }
        List<Target> targets = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        for (Endpoint endpoint : merchant.endpoints()) {
            try {
                targets.add(channels.target(endpoint));
            } catch (IllegalArgumentException e) {
                problems.add("Endpoint " + endpoint.id() + " of merchant " + merchant.id() + ": " + e.getMessage());
            }
        }
        if (targets.isEmpty()) {
            return new Recipient.Unreachable(String.join("; ", problems));
        }
        problems.forEach(problem -> LOG.warn("{}: its other endpoints are used", problem));
        try {
            Route route = new Route(targets);
            return new Recipient.Reachable(
                    merchant, route, Acceptance.of(merchant.success()), plan(merchant), limit(route));
        } catch (IllegalArgumentException e) {
            return new Recipient.Unreachable("Merchant " + merchant.id() + ": " + e.getMessage());
        }
    }

    /** What its endpoints may get together. */
    private int limit(Route route) {
        long limit = route.targets().stream()
                .mapToLong(target -> admission.limit(target.endpoint()))
                .sum();
        return (int) Math.min(Integer.MAX_VALUE / 2, limit);
    }

    private static RetryPlan plan(Merchant merchant) {
        Retries retries = merchant.retries();
        RetryPlan preset =
                RetryPreset.named(retries.preset()).orElse(RetryPreset.DEFAULT).plan();
        String delays = retries.delays();
        if (delays == null || delays.isBlank()) {
            return preset;
        }
        return RetryPlan.parse(delays).orElseGet(() -> {
            LOG.warn(
                    "merchants.retry_delays of merchant {} is '{}', not a list such as 5s,30s,5m: its preset is used",
                    merchant.id(),
                    Judge.printable(delays));
            return preset;
        });
    }
}

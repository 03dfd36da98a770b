package io.orderwatch.faults;

import io.orderwatch.faults.Catalogue.Entry;
import io.orderwatch.stack.cluster.ClusterSettings;
import io.orderwatch.stack.generator.Event;
import io.orderwatch.stack.merchant.Behaviour;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;

/** What merchants do to us. */
final class MerchantFaults {

    private static final Duration WHILE = Duration.ofSeconds(8);

    /** Long enough for all that may be under way to one merchant to be so, and to run into the deadline twice. */
    private static final Duration HANGS = Duration.ofSeconds(12);

    /** A slow machine is no violation; that next to nobody is told is one. */
    private static final double LEAST_SHARE = 50;

    private final World world;

    MerchantFaults(World world) {
        this.world = world;
    }

    List<Entry> entries() {
        return List.of(
                Entry.of("all-merchants-hang", random -> all("hang")),
                // not 503: that is what the one says who asks for a day, and is then not to be called
                Entry.of("all-merchants-fail", random -> all("fail=500")),
                Entry.of("all-merchants-answer-without-end", random -> all("endless")),
                Entry.of(
                        "all-merchants-redirect",
                        random -> all("redirect=" + world.canary().address())),
                Entry.of("one-merchant-hangs", random -> favourite()));
    }

    private Fault all(String behaviour) {
        List<Long> everybody = new ArrayList<>(
                LongStream.rangeClosed(1, Load.MERCHANTS).boxed().toList());
        everybody.add(Markers.merchant());
        return behave("every merchant treats us so: " + behaviour, everybody, behaviour);
    }

    /** One with half of the load; what the others are owed is to be told as ever. */
    private Fault favourite() {
        List<Long> hanging = List.of(Load.FAVOURITE);
        return new Act("the merchant with half of the load hangs", Set.of("merchants"), false, () -> {
            long before = requests(hanging);
            String from = databaseTime();
            long first;
            long end;
            double share;
            try (Pulse pulse = new Pulse(world.markers(), ClusterSettings.SHARDS)) {
                first = pulse.first();
                world.merchant().behave(Load.FAVOURITE, Behaviour.parse("hang"));
                World.pass(HANGS);
                share = toldOfOthers(from);
                end = pulse.end();
            } finally {
                world.behaveAsEver();
            }
            long asked = requests(hanging) - before;
            Awaitility.await("a fine merchant has answered all")
                    .atMost(World.PATIENCE)
                    .until(() -> LongStream.range(first, end)
                            .noneMatch(id ->
                                    world.heard(Event.PAID.notificationId(id)).acceptances() == 0));
            world.figures()
                    .add("half of the load hangs: share of what others are owed that was told meanwhile (%)", share);
            world.figures()
                    .add(
                            "half of the load hangs: longest time from an order of a fine merchant to its answer (ms)",
                            world.markers()
                                    .slowestToBeTold(first, end, world::heard)
                                    .millis());
            if (share < LEAST_SHARE) {
                throw new AssertionError("One merchant hangs, and no more than " + share
                        + " % of what fine merchants are owed is told meanwhile");
            }
            return asked == 0
                    ? Optional.empty()
                    : Optional.of(asked
                            + " requests got no answer; %.1f %% of what fine merchants were owed was told"
                                    .formatted(share));
        });
    }

    /** What was written a moment ago may be under way still. */
    private double toldOfOthers(String from) {
        return Double.parseDouble(world.tables()
                .texts(
                        "SELECT COALESCE(100.0 * SUM(state = 'DELIVERED') / COUNT(*), 100) FROM notifications"
                                + " WHERE merchant_id BETWEEN ? AND ? AND created_at > ?"
                                + " AND created_at < UTC_TIMESTAMP(3) - INTERVAL 1 SECOND",
                        Load.FIRST_FINE,
                        Load.MERCHANTS,
                        from)
                .get(0));
    }

    private String databaseTime() {
        return world.tables().texts("SELECT UTC_TIMESTAMP(3)").get(0);
    }

    private Fault behave(String what, List<Long> merchants, String behaviour) {
        return new Act(what, Set.of("merchants"), false, () -> {
            long before = requests(merchants);
            try {
                merchants.forEach(merchant -> world.merchant().behave(merchant, Behaviour.parse(behaviour)));
                World.pass(WHILE);
            } finally {
                world.behaveAsEver();
            }
            long asked = requests(merchants) - before;
            return asked == 0 ? Optional.empty() : Optional.of(asked + " requests were treated so");
        });
    }

    private long requests(List<Long> merchants) {
        return merchants.stream()
                .mapToLong(merchant -> world.merchant().stats(merchant).requests())
                .sum();
    }
}

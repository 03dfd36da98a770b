package io.orderwatch.faults;

import io.orderwatch.faults.Catalogue.Entry;
import io.orderwatch.stack.merchant.Behaviour;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;

/** What merchants do to us. */
final class MerchantFaults {

    private static final Duration WHILE = Duration.ofSeconds(8);

    private final World world;

    MerchantFaults(World world) {
        this.world = world;
    }

    List<Entry> entries() {
        return List.of(
                Entry.of("all-merchants-hang", random -> all("hang")),
                Entry.of("all-merchants-fail", random -> all("fail=503")),
                Entry.of("all-merchants-answer-without-end", random -> all("endless")),
                Entry.of(
                        "all-merchants-redirect",
                        random -> all("redirect=" + world.canary().address())),
                Entry.of("one-merchant-hangs", this::one));
    }

    private Fault all(String behaviour) {
        List<Long> everybody = new ArrayList<>(
                LongStream.rangeClosed(1, Load.MERCHANTS).boxed().toList());
        everybody.add(Markers.merchant());
        return behave("every merchant treats us so: " + behaviour, everybody, behaviour);
    }

    private Fault one(Random random) {
        long merchant = 1 + random.nextInt(Load.MERCHANTS);
        return behave("merchant " + merchant + " hangs", List.of(merchant), "hang");
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

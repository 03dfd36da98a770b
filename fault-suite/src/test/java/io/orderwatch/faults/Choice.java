package io.orderwatch.faults;

import io.orderwatch.faults.Catalogue.Entry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Which faults are run, and in what order. The same seed brings the same ones back, with the same victims but for who
 * happens to lead.
 *
 * @param only names, in this order; empty: all
 * @param repeats how often each is run
 * @param time no fault begins after it; with a limit and no names only quick ones are run, shuffled
 * @param limited whether there is a limit
 * @param ordersPerSecond that are written all the time
 * @param nodes how many there are, 3 to 5
 * @param tick of the ZooKeepers
 */
record Choice(
        List<String> only,
        int repeats,
        long seed,
        Duration time,
        boolean limited,
        int ordersPerSecond,
        int nodes,
        Duration tick,
        Map<String, Integer> drawn) {

    private static final String ORDERS_PER_SECOND = "100";
    private static final String NODES = "3";
    private static final String TICK = "500";
    private static final Duration NO_LIMIT = Duration.ofDays(7);

    Choice {
        if (nodes < 3 || nodes > 5 || ordersPerSecond < 1) {
            throw new IllegalArgumentException(
                    "3 to 5 nodes and 1 order a second or more, not " + nodes + " and " + ordersPerSecond);
        }
    }

    static Choice ofSystemProperties() {
        String only = property("faults.only", "");
        String minutes = property("faults.minutes", "");
        String seed = property("faults.seed", "");
        return new Choice(
                Arrays.stream(only.split(","))
                        .filter(name -> !name.isBlank())
                        .map(String::strip)
                        .toList(),
                Integer.parseInt(property("faults.repeats", "1")),
                seed.isEmpty() ? ThreadLocalRandom.current().nextInt(1_000_000_000) : Long.parseLong(seed),
                minutes.isEmpty() ? NO_LIMIT : Duration.ofSeconds((long) (60 * Double.parseDouble(minutes))),
                !minutes.isEmpty(),
                Integer.parseInt(property("faults.rate", ORDERS_PER_SECOND)),
                Integer.parseInt(property("faults.nodes", NODES)),
                Duration.ofMillis(Integer.parseInt(property("faults.tick", TICK))),
                new HashMap<>());
    }

    /** Maven hands on what was not given as an empty text. */
    private static String property(String name, String byDefault) {
        String value = System.getProperty(name, "");
        return value.isBlank() ? byDefault : value;
    }

    /** @throws IllegalArgumentException if one is asked for that is not there */
    List<Entry> entries(List<Entry> all) {
        List<Entry> chosen = new ArrayList<>();
        if (only.isEmpty()) {
            chosen.addAll(limited ? all.stream().filter(Entry::quick).toList() : all);
        } else {
            for (String name : only) {
                chosen.add(all.stream()
                        .filter(entry -> entry.name().equals(name))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException("There is no fault '" + name + "' but "
                                + all.stream().map(Entry::name).toList())));
            }
        }
        List<Entry> repeated = new ArrayList<>();
        for (int time = 0; time < repeats; time++) {
            repeated.addAll(chosen);
        }
        if (limited && only.isEmpty()) {
            Collections.shuffle(repeated, new Random(seed));
        }
        return repeated;
    }

    /** Of the next run of that fault: other ones each time, whatever else was run before. */
    Random random(String name) {
        int time = drawn.merge(name, 1, Integer::sum);
        return new Random(seed * 31 + name.hashCode() * 17L + time);
    }
}

package io.orderwatch.faults;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What was measured, by name. Printed, never asserted: a slow machine is no violation. Safe for use by many threads. */
final class Figures {

    private final Map<String, List<Double>> values = new TreeMap<>();

    /** @param name what it is, and its unit */
    synchronized void add(String name, double value) {
        values.computeIfAbsent(name, key -> new ArrayList<>()).add(value);
    }

    /** A row of a Markdown table for each. */
    synchronized String table() {
        StringBuilder table =
                new StringBuilder("| figure | n | min | median | p99 | max |\n|---|---|---|---|---|---|\n");
        values.forEach((name, all) -> {
            List<Double> sorted = new ArrayList<>(all);
            Collections.sort(sorted);
            table.append("| %s | %d | %s | %s | %s | %s |%n"
                    .formatted(
                            name,
                            sorted.size(),
                            text(sorted.get(0)),
                            text(quantile(sorted, 0.5)),
                            text(quantile(sorted, 0.99)),
                            text(sorted.get(sorted.size() - 1))));
        });
        return table.toString();
    }

    private static double quantile(List<Double> sorted, double part) {
        return sorted.get(Math.max(0, (int) Math.ceil(sorted.size() * part) - 1));
    }

    private static String text(double value) {
        return value == Math.rint(value) ? "%d".formatted((long) value) : String.format(Locale.ROOT, "%.2f", value);
    }
}

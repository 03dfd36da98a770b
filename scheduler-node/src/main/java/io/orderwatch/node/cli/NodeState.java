package io.orderwatch.node.cli;

import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a node says of itself in its state file.
 *
 * @param since when it entered the phase, by its host's clock
 * @param pid of its process
 * @param shards that it owns; empty for none
 * @param reasons sentences on why it is not ready, or on what is amiss although it is; empty when nothing is, or nothing
 *     is known yet
 * @param logs folder of its log files
 * @param jmx {@code host:port}; empty when it is off
 */
record NodeState(
        String node,
        Phase phase,
        Instant since,
        long pid,
        SortedSet<Integer> shards,
        List<String> reasons,
        Path logs,
        String jmx) {

    /** One {@code key=value} a line; {@code reason} may come several times. */
    List<String> lines() {
        List<String> lines = new ArrayList<>(List.of(
                "node=" + node,
                "state=" + phase.text(),
                "since=" + since,
                "pid=" + pid,
                "shards=" + ranges(shards),
                "logs=" + logs,
                "jmx=" + jmx));
        reasons.forEach(reason -> lines.add("reason=" + reason.replaceAll("\\s+", " ")));
        return lines;
    }

    /**
     * Reads what {@link #lines()} wrote; lines with other keys are left out.
     *
     * @throws IllegalArgumentException when a line is missing or makes no sense
     */
    static NodeState of(List<String> lines) {
        try {
            return new NodeState(
                    value(lines, "node"),
                    Phase.valueOf(value(lines, "state").toUpperCase(Locale.ROOT)),
                    Instant.parse(value(lines, "since")),
                    Long.parseLong(value(lines, "pid")),
                    numbers(value(lines, "shards")),
                    lines.stream()
                            .filter(line -> line.startsWith("reason="))
                            .map(line -> line.substring("reason=".length()))
                            .toList(),
                    Path.of(value(lines, "logs")),
                    value(lines, "jmx"));
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private static String value(List<String> lines, String key) {
        return lines.stream()
                .filter(line -> line.startsWith(key + "="))
                .map(line -> line.substring(key.length() + 1))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no line " + key + "="));
    }

    /** Numbers as people write them: {@code 0-3,7,9-10}. */
    static String ranges(SortedSet<Integer> numbers) {
        StringBuilder text = new StringBuilder();
        int first = -1;
        int last = -1;
        for (int number : numbers) {
            if (first >= 0 && number == last + 1) {
                last = number;
                continue;
            }
            append(text, first, last);
            first = number;
            last = number;
        }
        append(text, first, last);
        return text.toString();
    }

    private static void append(StringBuilder text, int first, int last) {
        if (first < 0) {
            return;
        }
        text.append(text.isEmpty() ? "" : ",").append(first);
        if (last > first) {
            text.append('-').append(last);
        }
    }

    private static SortedSet<Integer> numbers(String ranges) {
        SortedSet<Integer> numbers = new TreeSet<>();
        for (String range : ranges.isEmpty() ? new String[0] : ranges.split(",")) {
            String[] ends = range.split("-", 2);
            int last = Integer.parseInt(ends[ends.length - 1]);
            for (int number = Integer.parseInt(ends[0]); number <= last; number++) {
                numbers.add(number);
            }
        }
        return numbers;
    }
}

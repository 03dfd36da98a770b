package io.orderwatch.bench;

import java.lang.ProcessHandle.Info;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Processor time of this process and of the servers that it started, by program. Unlike a rate it hardly depends on what
 * else the machine does. Servers that were started by somebody else are not seen.
 *
 * @param byProgram name of the program to the time that it has taken since it was started
 */
record Spent(Map<String, Duration> byProgram) {

    static Spent now() {
        ProcessHandle self = ProcessHandle.current();
        return new Spent(Stream.concat(Stream.of(self), self.descendants())
                .map(ProcessHandle::info)
                .filter(info -> info.command().isPresent())
                .collect(Collectors.toMap(
                        Spent::program,
                        info -> info.totalCpuDuration().orElse(Duration.ZERO),
                        Duration::plus,
                        TreeMap::new)));
    }

    private static String program(Info info) {
        String command = info.command().orElseThrow();
        return command.substring(command.lastIndexOf('/') + 1);
    }

    /** What was spent since then on each 10,000 of what was done, in words. */
    String since(Spent before, int done) {
        return byProgram.entrySet().stream()
                .map(each -> String.format(
                        Locale.ROOT,
                        "%s %.2f",
                        each.getKey(),
                        each.getValue()
                                        .minus(before.byProgram.getOrDefault(each.getKey(), Duration.ZERO))
                                        .toMillis()
                                * 10.0
                                / done))
                .collect(Collectors.joining(", "));
    }
}

package io.orderwatch.bench;

import java.lang.ProcessHandle.Info;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Processor time of this process and of the servers that it started, by program, and of this process's threads, by what
 * they do. Unlike a rate it hardly depends on what else the machine does. Servers that were started by somebody else are
 * not seen.
 *
 * @param byProgram name of the program to the time that it has taken since it was started
 * @param byThread the same for the threads that live now, those with one name but for a number together; compiler and
 *     collector are not among them
 */
record Spent(Map<String, Duration> byProgram, Map<String, Duration> byThread) {

    static Spent now() {
        return new Spent(programs(), threads());
    }

    private static Map<String, Duration> programs() {
        ProcessHandle self = ProcessHandle.current();
        return Stream.concat(Stream.of(self), self.descendants())
                .map(ProcessHandle::info)
                .filter(info -> info.command().isPresent())
                .collect(Collectors.toMap(
                        Spent::program,
                        info -> info.totalCpuDuration().orElse(Duration.ZERO),
                        Duration::plus,
                        TreeMap::new));
    }

    private static Map<String, Duration> threads() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
                .filter(Objects::nonNull)
                .collect(Collectors.toMap(
                        thread -> thread.getThreadName().replaceAll("[-:#]?\\d+", ""),
                        thread -> Duration.ofNanos(Math.max(0, threads.getThreadCpuTime(thread.getThreadId()))),
                        Duration::plus,
                        TreeMap::new));
    }

    private static String program(Info info) {
        String command = info.command().orElseThrow();
        return command.substring(command.lastIndexOf('/') + 1);
    }

    /** What was spent since then on each 10,000 of what was done, in words. */
    String since(Spent before, int done) {
        return words(Spent::byProgram, before, done, 0) + " (java: " + words(Spent::byThread, before, done, 0.02)
                + ", the rest compiler and collector)";
    }

    private String words(Function<Spent, Map<String, Duration>> by, Spent before, int done, double least) {
        Map<String, Double> seconds = new TreeMap<>();
        by.apply(this)
                .forEach((name, spent) -> seconds.put(
                        name,
                        spent.minus(by.apply(before).getOrDefault(name, Duration.ZERO))
                                        .toMillis()
                                * 10.0
                                / done));
        return seconds.entrySet().stream()
                .filter(each -> each.getValue() >= least)
                .map(each -> String.format(Locale.ROOT, "%s %.2f", each.getKey(), each.getValue()))
                .collect(Collectors.joining(", "));
    }
}

package io.orderwatch.bench;

import java.io.IOException;
import java.lang.ProcessHandle.Info;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
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
 * @param byThread the same for the threads that live now, compiler and collector too, those with one name but for a
 *     number at its end together, by its first 15 characters; empty where the system has no {@code /proc}
 */
record Spent(Map<String, Duration> byProgram, Map<String, Duration> byThread) {

    private static final Path TASKS = Path.of("/proc/self/task");

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

    /** As the kernel counts them, since the JVM tells of its own threads, the compiler's and the collector's, only there. */
    private static Map<String, Duration> threads() {
        try (Stream<Path> tasks = Files.list(TASKS)) {
            return tasks.map(Spent::task)
                    .flatMap(Optional::stream)
                    .collect(Collectors.toMap(Task::name, Task::spent, Duration::plus, TreeMap::new));
        } catch (IOException e) {
            // not Linux: by program has to do
            return Map.of();
        }
    }

    private record Task(String name, Duration spent) {}

    /** Of proc(5): the name in brackets, and behind it fields 14 and 15, user and system time in ticks of 10 ms. */
    private static Optional<Task> task(Path task) {
        try {
            String stat = Files.readString(task.resolve("stat"));
            int end = stat.lastIndexOf(')');
            String name = stat.substring(stat.indexOf('(') + 1, end).replaceAll("[-:# ]?\\d+$", "");
            String[] fields = stat.substring(end + 2).split(" ");
            long ticks = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
            return Optional.of(new Task(name, Duration.ofMillis(ticks * 10)));
        } catch (IOException e) {
            // it ended meanwhile
            return Optional.empty();
        }
    }

    private static String program(Info info) {
        String command = info.command().orElseThrow();
        return command.substring(command.lastIndexOf('/') + 1);
    }

    /** Processor seconds of all programs since then. */
    double secondsSince(Spent before) {
        return millisSince(Spent::byProgram, before).values().stream()
                        .mapToLong(Long::longValue)
                        .sum()
                / 1e3;
    }

    /** What was spent since then on each 10,000 of what was done, in words. */
    String since(Spent before, int done) {
        return words(Spent::byProgram, before, done, 0) + " (java: " + words(Spent::byThread, before, done, 0.02) + ")";
    }

    private String words(Function<Spent, Map<String, Duration>> by, Spent before, int done, double least) {
        Map<String, Double> seconds = new TreeMap<>();
        millisSince(by, before).forEach((name, millis) -> seconds.put(name, millis * 10.0 / done));
        return seconds.entrySet().stream()
                .filter(each -> each.getValue() >= least)
                .map(each -> String.format(Locale.ROOT, "%s %.2f", each.getKey(), each.getValue()))
                .collect(Collectors.joining(", "));
    }

    private Map<String, Long> millisSince(Function<Spent, Map<String, Duration>> by, Spent before) {
        Map<String, Long> millis = new TreeMap<>();
        by.apply(this)
                .forEach((name, spent) -> millis.put(
                        name,
                        spent.minus(by.apply(before).getOrDefault(name, Duration.ZERO))
                                .toMillis()));
        return millis;
    }
}

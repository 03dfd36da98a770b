package io.orderwatch.job.notification;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.orderwatch.dao.notification.QueueLine;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;

/**
 * What waits to be sent at one moment, for people and for programs.
 *
 * @param time by the database's clock
 * @param lines by merchant and lane, the most first; what does not wait is missing
 */
public record QueueReport(Instant time, List<QueueLine> lines) {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ROW = "%-20s %-24s %-8s %10s %10s %10s %12s%n";

    public QueueReport {
        lines = List.copyOf(lines);
    }

    /** That of one merchant alone. */
    public QueueReport of(long merchantId) {
        return new QueueReport(
                time,
                lines.stream().filter(line -> line.merchantId() == merchantId).toList());
    }

    /** For a terminal: the first lines, and the sum of all. */
    public String table(int most) {
        StringBuilder table = new StringBuilder();
        row(table, "MERCHANT", "NAME", "LANE", "FIRST", "AGAIN", "DUE", "OLDEST");
        lines.stream()
                .limit(most)
                .forEach(line -> row(
                        table,
                        line.merchantId(),
                        line.name() == null ? "?" : Judge.printable(line.name()),
                        line.lane(),
                        line.first(),
                        line.again(),
                        line.due(),
                        age(line)));
        long waiting = lines.stream().mapToLong(QueueLine::waiting).sum();
        long due = lines.stream().mapToLong(QueueLine::due).sum();
        table.append(String.format(
                Locale.ROOT,
                "%n%d notifications wait, %d of them due, in %d lanes%s.%n",
                waiting,
                due,
                lines.size(),
                lines.size() > most ? ", of which the " + most + " longest are shown" : ""));
        return table.toString();
    }

    private static void row(StringBuilder table, Object... cells) {
        table.append(String.format(Locale.ROOT, ROW, cells));
    }

    private String age(QueueLine line) {
        Duration age = age(line.oldestAt());
        return age.toHours() > 0
                ? String.format(Locale.ROOT, "%d h %d min", age.toHours(), age.toMinutesPart())
                : String.format(Locale.ROOT, "%d min %d s", age.toMinutes(), age.toSecondsPart());
    }

    private Duration age(Instant at) {
        Duration age = Duration.between(at, time);
        return age.isNegative() ? Duration.ZERO : age;
    }

    /** One JSON object: {@code time}, and {@code queues} with a line each; ages in ms. */
    public String json() {
        ObjectNode report = JSON.createObjectNode();
        report.put("time", time.truncatedTo(ChronoUnit.MILLIS).toString());
        ArrayNode queues = report.putArray("queues");
        for (QueueLine line : lines) {
            queues.addObject()
                    .put("merchant", line.merchantId())
                    .put("name", line.name())
                    .put("lane", line.lane())
                    .put("first", line.first())
                    .put("again", line.again())
                    .put("due", line.due())
                    .put("oldest_at", line.oldestAt().toString())
                    .put("oldest_age_ms", age(line.oldestAt()).toMillis());
        }
        return report.toString();
    }
}

package io.orderwatch.node.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.orderwatch.dao.jobs.JobRun;
import io.orderwatch.node.cli.ClusterStatus.Backlogs;
import io.orderwatch.node.cli.ClusterStatus.JobLine;
import io.orderwatch.node.cli.ClusterStatus.NodeLine;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/** A {@link ClusterStatus} for people, and for programs. */
final class StatusPage {

    private static final int MOST_ERROR = 100;

    private StatusPage() {}

    /** @param now by this host's clock, for how long ago things were */
    static void print(ClusterStatus status, Instant now, PrintWriter out) {
        out.printf(
                "Cluster %s: %s, %s.%n%n",
                status.cluster(),
                status.leader() == null ? "no known leader" : "leader " + status.leader(),
                status.shards() == 0
                        ? "number of shards unknown"
                        : status.shards() + " shards, " + status.moving().size() + " on their way, "
                                + status.ownerless().size() + " without a living owner");
        String row = "%-20s %-22s %-24s %-8s %-22s %s%n";
        out.printf(row, "NODE", "STATE", "HOST", "LEASE", "JMX", "SHARDS");
        for (NodeLine node : status.nodes()) {
            out.printf(
                    row,
                    node.node() + (node.leads() ? " *" : ""),
                    node.state(),
                    or(node.host(), "-"),
                    node.lease() == null ? "-" : seconds(node.lease()),
                    or(node.jmx(), "-"),
                    Sentences.shards(node.shards()));
        }
        if (status.nodes().stream().anyMatch(NodeLine::leads)) {
            out.println("* leads");
        }
        if (!status.jobs().isEmpty()) {
            String line = "%n%-16s %-16s %-14s %-12s %-9s %10s %12s %9s";
            out.printf(line, "JOB", "SCHEDULE", "STATE", "LAST RUN", "TOOK", "RUNS", "WORKED", "FAILURES");
            for (JobLine job : status.jobs()) {
                out.printf(
                        line,
                        job.job(),
                        job.schedule(),
                        job.state(),
                        job.lastStartedAt() == null
                                ? "-"
                                : seconds(Duration.between(job.lastStartedAt(), now)) + " ago",
                        job.lastStartedAt() == null ? "-" : job.longestLast().toMillis() + " ms",
                        job.runs(),
                        job.worked(),
                        job.failures());
                if (job.rejected() != null) {
                    out.printf("%n  its last change was not taken: %s", job.rejected());
                }
                if (job.lastError() != null) {
                    out.printf("%n  last error: %s", cut(job.lastError()));
                }
            }
            out.printf("%n");
        }
        Backlogs backlog = status.backlog();
        if (backlog != null) {
            out.printf(
                    "%nBacklog: %d changed orders to look at; %d notifications wait (%d of them due), %d are being sent;"
                            + " %d rows are set aside.%n",
                    backlog.ordersWaiting(),
                    backlog.notifications().waiting(),
                    backlog.notifications().due(),
                    backlog.notifications().sending(),
                    backlog.setAside());
        }
        if (!status.problems().isEmpty()) {
            out.println();
            status.problems().forEach(out::println);
        }
        out.flush();
    }

    /** One JSON object; what is unknown is null. */
    static String json(ClusterStatus status) {
        ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        ObjectNode root = mapper.createObjectNode();
        root.put("cluster", status.cluster());
        root.put("ok", status.problems().isEmpty());
        status.problems().forEach(root.putArray("problems")::add);
        root.put("leader", status.leader());
        ArrayNode nodes = root.putArray("nodes");
        for (NodeLine node : status.nodes()) {
            ObjectNode one = nodes.addObject();
            one.put("node", node.node());
            one.put("state", node.state());
            one.put("leads", node.leads());
            one.put("host", node.host());
            one.put("jmx", node.jmx());
            one.put("startedAt", text(node.startedAt()));
            one.put("leaseMillis", node.lease() == null ? null : node.lease().toMillis());
            one.put(
                    "clockAheadMillis",
                    node.clockAhead() == null ? null : node.clockAhead().toMillis());
            numbers(one.putArray("shards"), node.shards());
        }
        ObjectNode shards = root.putObject("shards");
        shards.put("count", status.shards());
        numbers(shards.putArray("moving"), status.moving());
        numbers(shards.putArray("ownerless"), status.ownerless());
        ArrayNode jobs = root.putArray("jobs");
        for (JobLine job : status.jobs()) {
            ObjectNode one = jobs.addObject();
            one.put("job", job.job());
            one.put("schedule", job.schedule());
            one.put("state", job.state());
            one.put("rejected", job.rejected());
            ArrayNode runs = one.putArray("runs");
            for (JobRun run : job.perNode()) {
                ObjectNode figures = runs.addObject();
                figures.put("node", run.node());
                figures.put("lastStartedAt", run.lastStartedAt().toString());
                figures.put("lastMillis", run.lastDuration().toMillis());
                figures.put("runs", run.runs());
                figures.put("worked", run.worked());
                figures.put("failures", run.failures());
                figures.put("lastError", run.lastError());
                figures.put("lastErrorAt", text(run.lastErrorAt()));
            }
        }
        Backlogs backlog = status.backlog();
        if (backlog == null) {
            root.putNull("backlog");
        } else {
            ObjectNode one = root.putObject("backlog");
            one.put("ordersWaiting", backlog.ordersWaiting());
            one.put("notificationsWaiting", backlog.notifications().waiting());
            one.put("notificationsDue", backlog.notifications().due());
            one.put("notificationsSending", backlog.notifications().sending());
            one.put("setAside", backlog.setAside());
        }
        try {
            return mapper.writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A tree of JSON could not be written", e);
        }
    }

    private static void numbers(ArrayNode array, SortedSet<Integer> numbers) {
        numbers.forEach(array::add);
    }

    private static @Nullable String text(@Nullable Instant instant) {
        return instant == null ? null : instant.toString();
    }

    private static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1000.0);
    }

    private static String or(String text, String instead) {
        return text.isEmpty() ? instead : text;
    }

    private static String cut(String text) {
        String line = text.replaceAll("\\s+", " ");
        return line.length() <= MOST_ERROR ? line : line.substring(0, MOST_ERROR) + "...";
    }
}

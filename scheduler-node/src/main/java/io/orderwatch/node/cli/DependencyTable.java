package io.orderwatch.node.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** The servers that a node depends on, a line each. */
final class DependencyTable {

    private static final String ROW = "%-10s %-28s %-34s %12s %14s%s%n";

    private DependencyTable() {}

    /** @param maxDifference of a server's clock from this host's; more is pointed out */
    static void print(List<DependencyReport> reports, Duration maxDifference, PrintWriter out) {
        out.printf(ROW, "DEPENDENCY", "ADDRESS", "VERSION", "ROUND TRIP", "CLOCK", "");
        for (DependencyReport report : reports) {
            if (report.problem() != null) {
                out.printf("%-10s %-28s %s%n", report.name(), report.address(), report.problem());
                continue;
            }
            Duration difference = report.clockDifference();
            boolean tooMuch = difference != null && difference.abs().compareTo(maxDifference) > 0;
            out.printf(
                    ROW,
                    report.name(),
                    report.address(),
                    report.version(),
                    String.format(Locale.ROOT, "%.1f ms", report.roundTrip().toNanos() / 1e6),
                    difference == null ? "unknown" : String.format(Locale.ROOT, "%+d ms", difference.toMillis()),
                    tooMuch ? "  its clock differs from this host's by more than clock.max-difference" : "");
        }
        out.flush();
    }
}

package io.orderwatch.job.alert;

import io.orderwatch.dao.Tx;
import io.orderwatch.dao.alert.ConditionStore;
import io.orderwatch.dao.alert.Severity;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;

/** More notifications are due than are sent. Counts no further than it has to. */
final class QueueRule implements Rule {

    static final String NAME = "queue";

    /** Beyond ten times the bound the exact figure tells nobody more. */
    private static final int COUNT_TO = 10;

    private final ConditionStore conditions = new ConditionStore();
    private final AlertSettings.Queue settings;
    private final Collection<Integer> shards;

    /** @param shards of the installation */
    QueueRule(AlertSettings.Queue settings, int shards) {
        this.settings = settings;
        this.shards = IntStream.range(0, shards).boxed().toList();
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Severity severity() {
        return Severity.WARNING;
    }

    @Override
    public Duration hold() {
        return settings.hold();
    }

    @Override
    public Findings look(Tx tx) {
        int most = Math.multiplyExact(settings.above(), COUNT_TO);
        int waiting = conditions.waiting(tx, shards, most);
        return Findings.all(
                waiting <= settings.above()
                        ? List.of()
                        : List.of(new Finding("", List.of(waiting, waiting == most ? 1 : 0, settings.above()))));
    }
}

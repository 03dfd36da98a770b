package io.orderwatch.job.alert;

import io.orderwatch.dao.Tx;
import io.orderwatch.dao.alert.ConditionStore;
import io.orderwatch.dao.alert.Severity;
import java.time.Duration;
import java.util.List;

/** A node ended without handing over, and has not come back. */
final class NodeLostRule implements Rule {

    static final String NAME = "node-lost";

    private final ConditionStore conditions = new ConditionStore();
    private final Duration forget;

    /** @param forget a node that is gone for longer is not missed any more */
    NodeLostRule(Duration forget) {
        this.forget = forget;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Severity severity() {
        return Severity.CRITICAL;
    }

    @Override
    public Duration hold() {
        return Duration.ZERO;
    }

    @Override
    public Findings look(Tx tx) {
        return Findings.all(conditions.lost(tx, forget).stream()
                .map(lost -> new Finding("node " + lost.node(), List.of(lost.node(), lost.leaseUntil())))
                .toList());
    }
}

package io.orderwatch.job.alert;

import io.orderwatch.dao.Tx;
import io.orderwatch.dao.alert.Severity;
import java.time.Duration;

/** Says what is wrong. Keeps nothing in memory: any node may look next. */
interface Rule {

    /** As {@code alerts.name} has it, and the texts. */
    String name();

    Severity severity();

    /** What has not lasted so long is kept quiet. */
    Duration hold();

    /** Looks, in a transaction that it shares with whoever acts on it. */
    Findings look(Tx tx);
}

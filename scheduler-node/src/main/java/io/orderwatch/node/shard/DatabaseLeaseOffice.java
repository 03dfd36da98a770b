package io.orderwatch.node.shard;

import io.orderwatch.dao.Database;
import io.orderwatch.dao.Tx;
import io.orderwatch.dao.shard.NodeLeaseStore;
import io.orderwatch.job.Ticker;
import java.time.Duration;
import java.util.function.Predicate;

/** One node's lease in MySQL. */
final class DatabaseLeaseOffice implements LeaseOffice {

    private final Database database;
    private final String node;
    private final Duration lease;
    private final Ticker ticker;
    private final NodeLeaseStore store = new NodeLeaseStore();

    DatabaseLeaseOffice(Database database, String node, Duration lease, Ticker ticker) {
        this.database = database;
        this.node = node;
        this.lease = lease;
        this.ticker = ticker;
    }

    @Override
    public Answer join(long incarnation) {
        // An earlier try may have been committed although its answer was lost: then it is ours to renew.
        return ask(tx -> store.renew(tx, node, incarnation, lease) || store.join(tx, node, incarnation, lease));
    }

    @Override
    public Answer renew(long incarnation) {
        return ask(tx -> store.renew(tx, node, incarnation, lease));
    }

    @Override
    public void leave(long incarnation) {
        database.run(tx -> store.leave(tx, node, incarnation));
    }

    private Answer ask(Predicate<Tx> question) {
        return database.inTransaction(tx -> {
            // inside, because a transaction that lost a race runs again
            long askedAt = ticker.nanos();
            return new Answer(question.test(tx), askedAt);
        });
    }
}

package io.orderwatch.job;

import io.orderwatch.dao.Database;
import io.orderwatch.dao.shard.ShardLease;
import java.util.List;
import java.util.OptionalLong;

/** A node that owns all shards of the test's schema, until the test says that its lease is over. */
public final class TestOwnership implements Ownership {

    private final FixedTenure tenure;
    private volatile boolean leaseOver;

    private TestOwnership(FixedTenure tenure) {
        this.tenure = tenure;
    }

    public static TestOwnership ofAll(Database database, String node) {
        return new TestOwnership(FixedTenure.ofAll(database, node));
    }

    /** From now on the node must not start anything. */
    public void leaseIsOver() {
        leaseOver = true;
    }

    @Override
    public String node() {
        return tenure.node();
    }

    @Override
    public Tenure begin() {
        return leaseOver ? new FixedTenure(tenure.node(), List.of()) : tenure;
    }

    @Override
    public OptionalLong epoch(int shard) {
        if (leaseOver) {
            return OptionalLong.empty();
        }
        return tenure.leases().stream()
                .filter(lease -> lease.shard() == shard)
                .mapToLong(ShardLease::epoch)
                .findFirst();
    }
}

package io.orderwatch.job;

import io.orderwatch.dao.Database;
import io.orderwatch.dao.TestDatabase;
import io.orderwatch.dao.shard.GrantReason;
import io.orderwatch.dao.shard.ShardLease;
import io.orderwatch.dao.shard.ShardOwner;
import io.orderwatch.dao.shard.ShardStore;
import java.util.List;

/** A tenure on shards that were really granted, valid until the test says otherwise. */
public record FixedTenure(String node, List<ShardLease> leases) implements Tenure {

    /** Grants all shards of the test's schema to the node. */
    public static FixedTenure ofAll(Database database, String node) {
        ShardStore shards = new ShardStore();
        return database.inTransaction(tx -> {
            shards.ensureShards(tx, TestDatabase.SHARDS);
            List<ShardLease> leases = shards.owners(tx).stream()
                    .map(owner -> grant(shards, tx, owner, node))
                    .toList();
            return new FixedTenure(node, leases);
        });
    }

    private static ShardLease grant(ShardStore shards, io.orderwatch.dao.Tx tx, ShardOwner owner, String node) {
        shards.grant(tx, owner.shard(), owner.epoch(), node, 1, GrantReason.FREE);
        return new ShardLease(owner.shard(), owner.epoch() + 1);
    }

    @Override
    public boolean valid() {
        return true;
    }

    @Override
    public void close() {}
}

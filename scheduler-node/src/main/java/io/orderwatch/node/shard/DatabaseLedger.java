package io.orderwatch.node.shard;

import io.orderwatch.dao.Database;
import io.orderwatch.dao.Tx;
import io.orderwatch.dao.cluster.ClusterStore;
import io.orderwatch.dao.shard.NodeLease;
import io.orderwatch.dao.shard.NodeLeaseStore;
import io.orderwatch.dao.shard.ShardOwner;
import io.orderwatch.dao.shard.ShardStore;
import io.orderwatch.job.KillPoints;
import io.orderwatch.job.KillPoints.Place;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The ledger as it is kept in MySQL. */
final class DatabaseLedger implements Ledger {

    private final Database database;
    private final KillPoints killPoints;
    private final ClusterStore cluster = new ClusterStore();
    private final ShardStore shards = new ShardStore();
    private final NodeLeaseStore leases = new NodeLeaseStore();

    DatabaseLedger(Database database, KillPoints killPoints) {
        this.database = database;
        this.killPoints = killPoints;
    }

    @Override
    public long beginLeadership(long atLeast, int count) {
        return database.inTransaction(tx -> {
            shards.ensureShards(tx, count);
            return cluster.nextLeaderEpoch(tx, atLeast);
        });
    }

    @Override
    public Map<String, NodeLease> leases() {
        return database.inTransaction(leases::all).stream()
                .collect(Collectors.toMap(NodeLease::node, Function.identity()));
    }

    @Override
    public List<ShardOwner> owners() {
        return database.inTransaction(shards::owners);
    }

    @Override
    public void deny(Holder holder) {
        database.run(tx -> leases.deny(tx, holder.node(), holder.incarnation()));
    }

    @Override
    public List<Grant> grant(List<Grant> grants, long leaderEpoch) {
        List<Grant> granted = database.inTransaction(tx -> grant(tx, grants, leaderEpoch));
        if (!granted.isEmpty()) {
            killPoints.pass(Place.AFTER_EPOCH_RAISED);
        }
        return granted;
    }

    private List<Grant> grant(Tx tx, List<Grant> grants, long leaderEpoch) {
        // Leases first: a renewal that comes while we are here waits for us, and is then refused.
        Map<Holder, Boolean> over = new HashMap<>();
        grants.stream()
                .map(Grant::over)
                .filter(holder -> holder != null)
                .distinct()
                .sorted((a, b) -> a.node().compareTo(b.node()))
                .forEach(holder -> over.put(holder, leases.denyOver(tx, holder.node(), holder.incarnation())));
        List<Grant> allowed = grants.stream()
                .filter(grant -> grant.over() == null || over.getOrDefault(grant.over(), false))
                .toList();
        Set<Integer> free =
                shards.lockFree(tx, allowed.stream().map(Grant::shard).toList());
        List<Grant> granted = new ArrayList<>();
        for (Grant grant : allowed) {
            if (free.contains(grant.shard())
                    && shards.grant(
                            tx, grant.shard(), grant.expectedEpoch(), grant.to().node(), leaderEpoch, grant.reason())) {
                granted.add(grant);
            }
        }
        return granted;
    }
}

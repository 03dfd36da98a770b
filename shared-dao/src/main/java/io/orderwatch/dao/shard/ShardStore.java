package io.orderwatch.dao.shard;

import io.orderwatch.dao.Ids;
import io.orderwatch.dao.Tx;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Ownership of shards, and the fence that every transaction that starts work goes through. Stateless. */
public final class ShardStore {

    /** Makes sure that the rows of shards 0 to {@code shards - 1} are there. */
    public void ensureShards(Tx tx, int shards) {
        Set<Integer> present = owners(tx).stream().map(ShardOwner::shard).collect(Collectors.toSet());
        List<Integer> missing = IntStream.range(0, shards)
                .filter(shard -> !present.contains(shard))
                .boxed()
                .toList();
        tx.batch(ShardMapper.class, missing, ShardMapper::ensure);
    }

    /** All shards with their owners, by number. */
    public List<ShardOwner> owners(Tx tx) {
        return tx.mapper(ShardMapper.class).owners();
    }

    /**
     * Locks the rows of the leases in share mode until the transaction ends and returns those that the node still
     * holds. Raising the epoch waits for such transactions, and one that begins afterwards gets nothing here, so work
     * that goes on with the returned leases alone cannot run beside a new owner's. To be called first in the
     * transaction: an EXISTS on this table in a later statement would read it without a lock, and fence nothing.
     */
    public Set<ShardLease> fence(Tx tx, String node, Collection<ShardLease> leases) {
        if (leases.isEmpty()) {
            return Set.of();
        }
        Map<Integer, ShardLease> wanted =
                leases.stream().collect(Collectors.toMap(ShardLease::shard, Function.identity()));
        Set<ShardLease> held = new HashSet<>();
        for (ShardLease found : tx.mapper(ShardMapper.class).lockShared(node, new Ids(wanted.keySet()))) {
            if (found.equals(wanted.get(found.shard()))) {
                held.add(found);
            }
        }
        return held;
    }

    /**
     * Locks the rows of those shards that no transaction works on, and returns them. What a frozen node left locked is
     * left out, so that it does not hold up the others.
     */
    public Set<Integer> lockFree(Tx tx, Collection<Integer> shards) {
        return shards.isEmpty()
                ? Set.of()
                : Set.copyOf(tx.mapper(ShardMapper.class).lockFree(new Ids(shards)));
    }

    /**
     * Gives the shard to a node under the next epoch and writes down why.
     *
     * @param expectedEpoch the epoch that the leader believes in
     * @param leaderEpoch of the leader that grants; an older one than that of the last grant is refused
     * @return false when the shard was granted by somebody else meanwhile
     */
    public boolean grant(Tx tx, int shard, long expectedEpoch, String toNode, long leaderEpoch, GrantReason reason) {
        ShardMapper mapper = tx.mapper(ShardMapper.class);
        if (mapper.raise(shard, expectedEpoch, toNode, leaderEpoch) == 0) {
            return false;
        }
        mapper.remember(shard, expectedEpoch + 1, toNode, leaderEpoch, reason);
        return true;
    }
}

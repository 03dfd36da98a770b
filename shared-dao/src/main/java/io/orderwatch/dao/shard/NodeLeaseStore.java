package io.orderwatch.dao.shard;

import io.orderwatch.dao.Tx;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The leases of nodes: one row a node, so that a renewal waits for no transaction that works. Stateless. */
public final class NodeLeaseStore {

    /**
     * Takes up a lease under a new incarnation.
     *
     * @param incarnation never had before; each can be taken up once, and where that was done already this is false
     * @return false when another incarnation of that node id still holds one that is not over
     */
    public boolean join(Tx tx, String node, long incarnation, Duration lease) {
        NodeLeaseMapper mapper = tx.mapper(NodeLeaseMapper.class);
        // INSERT first: two processes of one id that start at the same moment meet on the primary key
        return mapper.insert(node, incarnation, micros(lease)) == 1
                || mapper.replaceOver(node, incarnation, micros(lease)) == 1;
    }

    /** Prolongs the lease from now on. False: it was denied or replaced, and the node has to stop and join anew. */
    public boolean renew(Tx tx, String node, long incarnation, Duration lease) {
        return tx.mapper(NodeLeaseMapper.class).renew(node, incarnation, micros(lease)) == 1;
    }

    /** Gives the lease up at once; nothing happens when this incarnation no longer holds it. */
    public void leave(Tx tx, String node, long incarnation) {
        tx.mapper(NodeLeaseMapper.class).leave(node, incarnation);
    }

    /** Refuses all further renewals of that incarnation; its lease runs out by itself. */
    public void deny(Tx tx, String node, long incarnation) {
        tx.mapper(NodeLeaseMapper.class).deny(node, incarnation);
    }

    /**
     * Makes sure that an incarnation is over for good: its lease has run out, and it cannot be renewed any more. The
     * row stays locked until the transaction ends, so a renewal that comes late waits, and is refused.
     *
     * @return false when its lease still runs; nothing was changed then
     */
    public boolean denyOver(Tx tx, String node, long incarnation) {
        NodeLeaseMapper mapper = tx.mapper(NodeLeaseMapper.class);
        if (mapper.denyOver(node, incarnation) == 1) {
            return true;
        }
        // an incarnation that was replaced, or whose row was removed, never comes back
        NodeLeaseRow row = mapper.find(node);
        return row == null || row.incarnation() != incarnation;
    }

    public Optional<NodeLease> find(Tx tx, String node) {
        return Optional.ofNullable(tx.mapper(NodeLeaseMapper.class).find(node)).map(NodeLeaseRow::lease);
    }

    /** All nodes that ever joined, by id. */
    public List<NodeLease> all(Tx tx) {
        return tx.mapper(NodeLeaseMapper.class).all().stream()
                .map(NodeLeaseRow::lease)
                .toList();
    }

    /**
     * Writes down how far the clock of a node's host is ahead of the database's, for people; nothing if the node never
     * joined.
     *
     * @param ahead negative: it is behind
     */
    public void clockAhead(Tx tx, String node, Duration ahead) {
        tx.mapper(NodeLeaseMapper.class).clockAhead(node, ahead.toMillis());
    }

    /** How far each node's clock is ahead, by node, as far as they have looked. */
    public Map<String, Duration> clocks(Tx tx) {
        return tx.mapper(NodeLeaseMapper.class).clocks().stream()
                .collect(Collectors.toMap(NodeClockRow::node, row -> Duration.ofMillis(row.millis())));
    }

    private static long micros(Duration lease) {
        return TimeUnit.NANOSECONDS.toMicros(lease.toNanos());
    }
}

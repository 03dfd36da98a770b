package io.orderwatch.node.shard;

import io.orderwatch.dao.shard.ShardLease;
import io.orderwatch.job.Ownership;
import io.orderwatch.job.Tenure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/**
 * The shards of this node: adopted from the plan, given up when the plan revokes them, worth nothing while the lease
 * does not run.
 *
 * <p>A revoked shard is in no tenure that begins afterwards. It counts as held until the last tenure that includes it
 * is closed; only then does {@link #holding} leave it out, which is what the node acknowledges.
 */
final class OwnedShards implements Ownership {

    /** Gained and lost since the last call of {@link #takeChanges()}. */
    record Changes(Set<Integer> gained, Set<Integer> lost) {}

    private record Snapshot(long incarnation, Map<Integer, Long> epochs, List<ShardLease> leases) {}

    private static final Snapshot NOTHING = new Snapshot(LocalLease.NO_INCARNATION, Map.of(), List.of());

    private final String node;
    private final LocalLease lease;
    private final Runnable released;

    private volatile Snapshot snapshot = NOTHING;

    // guarded by this
    private final Map<Integer, Long> dropped = new HashMap<>();
    private final Set<OpenTenure> open = new LinkedHashSet<>();
    private final Set<Integer> gained = new HashSet<>();
    private final Set<Integer> lost = new HashSet<>();
    private Stamp applied = Stamp.NONE;

    /** @param released called, without a lock, when a tenure that held on to a revoked shard was closed */
    OwnedShards(String node, LocalLease lease, Runnable released) {
        this.node = node;
        this.lease = lease;
        this.released = released;
    }

    @Override
    public String node() {
        return node;
    }

    @Override
    public Tenure begin() {
        synchronized (this) {
            Snapshot now = snapshot;
            if (now.leases.isEmpty() || !lease.runs(now.incarnation)) {
                return new OpenTenure(now.incarnation, List.of());
            }
            OpenTenure tenure = new OpenTenure(now.incarnation, now.leases);
            open.add(tenure);
            return tenure;
        }
    }

    @Override
    public OptionalLong epoch(int shard) {
        Snapshot now = snapshot;
        Long epoch = now.epochs.get(shard);
        return epoch != null && lease.runs(now.incarnation) ? OptionalLong.of(epoch) : OptionalLong.empty();
    }

    /** Numbers of the shards that the plan gives to this node, whether its lease runs or not. */
    Set<Integer> shards() {
        return snapshot.epochs.keySet();
    }

    /** Adopts and gives up what the plan says about the given incarnation of this node. Older plans are left alone. */
    synchronized void apply(Plan plan, long incarnation) {
        if (incarnation != snapshot.incarnation) {
            dropAll();
            dropped.clear();
            snapshot = new Snapshot(incarnation, Map.of(), List.of());
        } else if (applied.atLeast(plan.stamp())) {
            return;
        }
        applied = plan.stamp();
        Map<Integer, Long> before = snapshot.epochs;
        Map<Integer, Long> after = new TreeMap<>();
        Holder self = new Holder(node, incarnation);
        for (int shard = 0; shard < plan.entries().size(); shard++) {
            Plan.Entry entry = plan.entry(shard);
            if (entry == null) {
                // the leader does not know yet: after ZooKeeper lost its data it asks the nodes first
                Long held = before.get(shard);
                if (held != null) {
                    after.put(shard, held);
                }
                continue;
            }
            if (!entry.holder().equals(self) || entry.moving() != null) {
                continue;
            }
            // once dropped, an epoch may have been promised to another: only a new grant brings the shard back
            if (Long.valueOf(entry.epoch()).equals(dropped.get(shard))) {
                continue;
            }
            after.put(shard, entry.epoch());
        }
        before.forEach((shard, epoch) -> {
            if (!epoch.equals(after.get(shard))) {
                dropped.put(shard, epoch);
                gained.remove(shard);
                lost.add(shard);
            }
        });
        after.forEach((shard, epoch) -> {
            if (!epoch.equals(before.get(shard))) {
                gained.add(shard);
            }
        });
        snapshot = snapshot(incarnation, after);
    }

    /** Gives up everything at once: the database refused to prolong the lease. */
    synchronized void fence() {
        dropAll();
        dropped.clear();
        snapshot = NOTHING;
    }

    /** What to tell the leader: how far the plan was dealt with, and what is held. */
    synchronized Ack ack() {
        return new Ack(new Holder(node, snapshot.incarnation), applied, holding());
    }

    /** What is held under the present incarnation: owned, or revoked and still inside an open tenure. */
    synchronized Set<ShardLease> holding() {
        Set<ShardLease> holding = new HashSet<>(snapshot.leases);
        for (OpenTenure tenure : open) {
            if (tenure.incarnation == snapshot.incarnation) {
                holding.addAll(tenure.leases);
            }
        }
        return holding;
    }

    /** For the listeners: a shard that was lost and gained again under a new epoch is in both. */
    synchronized Changes takeChanges() {
        Changes changes = new Changes(Set.copyOf(gained), Set.copyOf(lost));
        gained.clear();
        lost.clear();
        return changes;
    }

    private void dropAll() {
        lost.addAll(snapshot.epochs.keySet());
        gained.clear();
    }

    private static Snapshot snapshot(long incarnation, Map<Integer, Long> epochs) {
        List<ShardLease> leases = new ArrayList<>(epochs.size());
        epochs.forEach((shard, epoch) -> leases.add(new ShardLease(shard, epoch)));
        return new Snapshot(incarnation, Map.copyOf(epochs), List.copyOf(leases));
    }

    private void end(OpenTenure tenure) {
        boolean heldOn;
        synchronized (this) {
            if (!open.remove(tenure)) {
                return;
            }
            heldOn = tenure.leases != snapshot.leases
                    && tenure.incarnation == snapshot.incarnation
                    && tenure.leases.stream()
                            .anyMatch(held -> !Long.valueOf(held.epoch()).equals(snapshot.epochs.get(held.shard())));
        }
        if (heldOn) {
            released.run();
        }
    }

    private final class OpenTenure implements Tenure {

        private final long incarnation;
        private final List<ShardLease> leases;

        private OpenTenure(long incarnation, List<ShardLease> leases) {
            this.incarnation = incarnation;
            this.leases = leases;
        }

        @Override
        public String node() {
            return node;
        }

        @Override
        public List<ShardLease> leases() {
            return valid() ? leases : List.of();
        }

        @Override
        public boolean valid() {
            return lease.runs(incarnation);
        }

        @Override
        public void close() {
            end(this);
        }
    }
}

package io.orderwatch.node.shard;

/**
 * Where a plan stands in the order of all plans. The leader's epoch comes first, so the order survives a ZooKeeper
 * whose data was wiped: leader epochs are counted in MySQL.
 *
 * @param leaderEpoch of the leader that wrote the plan
 * @param version counts that leader's plans
 */
record Stamp(long leaderEpoch, long version) implements Comparable<Stamp> {

    static final Stamp NONE = new Stamp(0, 0);

    boolean atLeast(Stamp other) {
        return compareTo(other) >= 0;
    }

    /** The stamp of the next plan that the leader of the given epoch writes. */
    Stamp next(long byLeader) {
        return byLeader == leaderEpoch ? new Stamp(leaderEpoch, version + 1) : new Stamp(byLeader, 1);
    }

    @Override
    public int compareTo(Stamp other) {
        int byLeader = Long.compare(leaderEpoch, other.leaderEpoch);
        return byLeader != 0 ? byLeader : Long.compare(version, other.version);
    }

    @Override
    public String toString() {
        return leaderEpoch + "." + version;
    }
}

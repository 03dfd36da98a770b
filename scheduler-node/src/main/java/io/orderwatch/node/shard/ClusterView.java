package io.orderwatch.node.shard;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The cluster as ZooKeeper shows it at one moment: who is there, who leads, who owns what and what is on its way.
 *
 * @param leader id of the node that leads; null: none at this moment
 * @param leaderEpoch of the leader that wrote the plan; 0 when there is no plan
 * @param planVersion counts that leader's plans
 * @param members by node id
 * @param shards by number; empty when there is no plan
 */
public record ClusterView(
        @Nullable String leader, long leaderEpoch, long planVersion, List<MemberView> members, List<ShardView> shards) {

    public ClusterView {
        members = List.copyOf(members);
        shards = List.copyOf(shards);
    }

    /**
     * A node that has a session.
     *
     * @param jmx address for a JMX client; empty when it has none
     * @param startedAt by the node's own clock
     * @param uptake how many shards it wants
     * @param working false: the leader has judged it gone, because its lease in MySQL is over or denied
     * @param shards how many it owns
     */
    public record MemberView(
            String node, String host, String jmx, Instant startedAt, Uptake uptake, boolean working, int shards) {}

    /**
     * @param owner null: granted to nobody yet, or not known for a moment after ZooKeeper lost its data
     * @param moving whether it is being taken from its owner
     * @param next who gets it then; null when not moving or not known
     */
    public record ShardView(
            int shard,
            @Nullable String owner,
            long epoch,
            boolean moving,
            @Nullable String next) {}

    /** Shards of one node, those on their way from it included. */
    public List<Integer> shardsOf(String node) {
        return shards.stream()
                .filter(shard -> node.equals(shard.owner()))
                .map(ShardView::shard)
                .toList();
    }

    static ClusterView of(@Nullable String leader, Map<String, Member> members, Plan plan) {
        List<ShardView> shards = new ArrayList<>();
        for (int shard = 0; shard < plan.entries().size(); shard++) {
            Plan.Entry entry = plan.entry(shard);
            if (entry == null) {
                shards.add(new ShardView(shard, null, 0, false, null));
            } else {
                Plan.Moving moving = entry.moving();
                shards.add(new ShardView(
                        shard,
                        entry.holder().node(),
                        entry.epoch(),
                        moving != null,
                        moving == null ? null : moving.next()));
            }
        }
        List<MemberView> present = new ArrayList<>();
        members.forEach((node, member) -> {
            int owned = (int)
                    shards.stream().filter(shard -> node.equals(shard.owner())).count();
            present.add(new MemberView(
                    node,
                    member.host(),
                    member.jmx(),
                    member.startedAt(),
                    member.uptake(),
                    !plan.out().contains(member.holder()),
                    owned));
        });
        return new ClusterView(leader, plan.stamp().leaderEpoch(), plan.stamp().version(), present, shards);
    }
}

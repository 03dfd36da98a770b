package io.orderwatch.node.quartz;

import io.orderwatch.job.NodeJob;
import io.orderwatch.job.ShardJob;
import io.orderwatch.job.SingletonJob;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * All jobs that a node knows. A name may stand for a job of the cluster and one of each node at a time, which are then
 * paused, resumed and scheduled together; it stands for at most one of each kind.
 */
public final class JobCatalogue {

    private final Map<String, ShardJob> shardJobs;
    private final Map<String, SingletonJob> singletons;
    private final Map<String, NodeJob> nodeJobs;

    /** @throws IllegalArgumentException when two jobs of one kind, or a shard job and a node job, share a name */
    public JobCatalogue(List<ShardJob> shardJobs, List<SingletonJob> singletons, List<NodeJob> nodeJobs) {
        this.shardJobs = byName(shardJobs, ShardJob::name);
        this.singletons = byName(singletons, SingletonJob::name);
        this.nodeJobs = byName(nodeJobs, NodeJob::name);
        for (String name : this.nodeJobs.keySet()) {
            if (this.shardJobs.containsKey(name)) {
                throw new IllegalArgumentException("Both a shard job and a node job are named " + name);
            }
        }
    }

    private static <J> Map<String, J> byName(List<J> jobs, Function<J, String> name) {
        Map<String, J> byName = new LinkedHashMap<>();
        for (J job : jobs) {
            if (byName.put(name.apply(job), job) != null) {
                throw new IllegalArgumentException("Two jobs of one kind are named " + name.apply(job));
            }
        }
        return byName;
    }

    JobCatalogue with(SingletonJob one) {
        List<SingletonJob> more = new ArrayList<>(singletons.values());
        more.add(one);
        return new JobCatalogue(List.copyOf(shardJobs.values()), more, List.copyOf(nodeJobs.values()));
    }

    /** Names of all jobs, which are Quartz's groups and the rows of {@code job_settings}. */
    public Set<String> names() {
        Set<String> names = ownNames();
        names.addAll(singletons.keySet());
        return names;
    }

    Set<String> ownNames() {
        Set<String> names = new LinkedHashSet<>(shardJobs.keySet());
        names.addAll(nodeJobs.keySet());
        return names;
    }

    Set<String> clusterNames() {
        return singletons.keySet();
    }

    Map<String, ShardJob> shardJobs() {
        return shardJobs;
    }

    Map<String, SingletonJob> singletons() {
        return singletons;
    }

    Map<String, NodeJob> nodeJobs() {
        return nodeJobs;
    }
}

package io.orderwatch.node.cli;

import io.orderwatch.dao.jobs.JobRun;
import io.orderwatch.dao.jobs.JobSetting;
import io.orderwatch.dao.jobs.JobTrigger;
import io.orderwatch.dao.notification.Backlog;
import io.orderwatch.dao.shard.NodeLease;
import io.orderwatch.dao.shard.ShardOwner;
import io.orderwatch.node.shard.ClusterView;
import io.orderwatch.node.shard.ClusterView.MemberView;
import io.orderwatch.node.shard.ClusterView.ShardView;
import io.orderwatch.node.shard.Uptake;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The whole cluster at one moment, put together from what could be reached.
 *
 * @param leader null: none, or unknown because ZooKeeper is away
 * @param problems sentences on what is away or not as it should be; empty when all is well
 * @param shards of the installation; 0 when unknown
 * @param moving shards that are on their way from one node to another
 * @param ownerless shards that no living node owns
 * @param backlog null when MySQL is away
 */
record ClusterStatus(
        String cluster,
        @Nullable String leader,
        List<String> problems,
        List<NodeLine> nodes,
        int shards,
        SortedSet<Integer> moving,
        SortedSet<Integer> ownerless,
        List<JobLine> jobs,
        @Nullable Backlogs backlog) {

    /**
     * @param state {@code starting}, {@code warming up} (with a few shards), {@code working}, {@code draining},
     *     {@code judged gone} (by the leader), {@code no ZooKeeper session}, {@code unknown} or {@code gone}
     * @param host empty when unknown
     * @param lease what is left of its lease; null when unknown or over
     * @param clockAhead how far its host's clock is ahead of the database's; null when unknown
     */
    record NodeLine(
            String node,
            String state,
            boolean leads,
            String host,
            String jmx,
            @Nullable Instant startedAt,
            SortedSet<Integer> shards,
            @Nullable Duration lease,
            @Nullable Duration clockAhead) {}

    /**
     * @param state {@code on}, {@code off} (by job_settings), {@code paused} or {@code partly paused} (over JMX),
     *     {@code in error}, {@code not scheduled}
     * @param rejected why the last change of its settings was not taken; null: it was
     * @param lastError of any node, the latest; null: none
     */
    record JobLine(
            String job,
            String schedule,
            String state,
            @Nullable Instant lastStartedAt,
            Duration longestLast,
            long runs,
            long worked,
            long failures,
            @Nullable String lastError,
            @Nullable String rejected,
            List<JobRun> perNode) {}

    /** What waits to be done. */
    record Backlogs(long ordersWaiting, Backlog notifications, long setAside) {}

    /**
     * Puts the two views together.
     *
     * @param inZooKeeper null: away
     * @param inDatabase null: away
     * @param away a sentence for each server that is away
     * @param maxClockDifference of a node from the database; more is a problem
     */
    static ClusterStatus of(
            String cluster,
            @Nullable ClusterView inZooKeeper,
            @Nullable DatabaseView inDatabase,
            List<String> away,
            Duration maxClockDifference) {
        List<String> problems = new ArrayList<>(away);
        Map<String, NodeLine> nodes = nodes(inZooKeeper, inDatabase);
        SortedSet<Integer> owned = new TreeSet<>();
        nodes.values().stream().filter(ClusterStatus::alive).forEach(node -> owned.addAll(node.shards()));
        int shards = inDatabase != null
                ? inDatabase.shards()
                : inZooKeeper != null ? inZooKeeper.shards().size() : 0;
        SortedSet<Integer> ownerless = new TreeSet<>();
        for (int shard = 0; shard < shards; shard++) {
            if (!owned.contains(shard)) {
                ownerless.add(shard);
            }
        }
        SortedSet<Integer> moving = inZooKeeper == null
                ? new TreeSet<>()
                : inZooKeeper.shards().stream()
                        .filter(ShardView::moving)
                        .map(ShardView::shard)
                        .collect(Collectors.toCollection(TreeSet::new));
        if (inZooKeeper != null && inZooKeeper.members().isEmpty()) {
            problems.add("No node is running.");
        } else if (inZooKeeper != null && inZooKeeper.leader() == null) {
            problems.add("No node leads: shards stay where they are until one does.");
        }
        if (!ownerless.isEmpty()
                && (inZooKeeper == null || !inZooKeeper.members().isEmpty())) {
            problems.add("No living node owns " + Sentences.shards(ownerless) + ".");
        }
        nodes.values().stream()
                .filter(node -> alive(node)
                        && node.clockAhead() != null
                        && node.clockAhead().abs().compareTo(maxClockDifference) > 0)
                .forEach(node -> problems.add(Sentences.clock(node.node(), node.clockAhead())));
        List<JobLine> jobs = inDatabase == null ? List.of() : jobs(inDatabase, nodes);
        jobs.stream()
                .filter(job -> "in error".equals(job.state()))
                .forEach(job -> problems.add("Job " + job.job() + " is in error: reset it over JMX."));
        return new ClusterStatus(
                cluster,
                inZooKeeper == null ? null : inZooKeeper.leader(),
                problems,
                List.copyOf(nodes.values()),
                shards,
                moving,
                ownerless,
                jobs,
                inDatabase == null
                        ? null
                        : new Backlogs(inDatabase.ordersWaiting(), inDatabase.backlog(), inDatabase.setAside()));
    }

    private static boolean alive(NodeLine node) {
        return !"gone".equals(node.state()) && !"judged gone".equals(node.state());
    }

    /** Nodes that have a session, a lease, or shards, by id; MySQL's word on shards is the last one. */
    private static Map<String, NodeLine> nodes(@Nullable ClusterView zookeeper, @Nullable DatabaseView database) {
        Map<String, MemberView> members = zookeeper == null
                ? Map.of()
                : zookeeper.members().stream().collect(Collectors.toMap(MemberView::node, Function.identity()));
        Map<String, NodeLease> leases = database == null
                ? Map.of()
                : database.leases().stream().collect(Collectors.toMap(NodeLease::node, Function.identity()));
        Map<String, SortedSet<Integer>> shards = shards(zookeeper, database);
        SortedSet<String> ids = new TreeSet<>(members.keySet());
        ids.addAll(shards.keySet());
        leases.values().stream().filter(lease -> !lease.over()).forEach(lease -> ids.add(lease.node()));
        Map<String, NodeLine> nodes = new TreeMap<>();
        for (String id : ids) {
            MemberView member = members.get(id);
            NodeLease lease = leases.get(id);
            nodes.put(
                    id,
                    new NodeLine(
                            id,
                            state(zookeeper != null, member, database != null, lease),
                            zookeeper != null && id.equals(zookeeper.leader()),
                            member == null ? "" : member.host(),
                            member == null ? "" : member.jmx(),
                            member == null ? null : member.startedAt(),
                            shards.getOrDefault(id, new TreeSet<>()),
                            lease == null || lease.over() ? null : lease.remaining(),
                            database == null ? null : database.clocksAhead().get(id)));
        }
        return nodes;
    }

    private static Map<String, SortedSet<Integer>> shards(
            @Nullable ClusterView zookeeper, @Nullable DatabaseView database) {
        Map<String, SortedSet<Integer>> shards = new TreeMap<>();
        if (database != null) {
            for (ShardOwner owner : database.owners()) {
                if (owner.node() != null) {
                    shards.computeIfAbsent(owner.node(), id -> new TreeSet<>()).add(owner.shard());
                }
            }
        } else if (zookeeper != null) {
            for (ShardView shard : zookeeper.shards()) {
                if (shard.owner() != null) {
                    shards.computeIfAbsent(shard.owner(), id -> new TreeSet<>()).add(shard.shard());
                }
            }
        }
        return shards;
    }

    private static String state(
            boolean zookeeperKnown, @Nullable MemberView member, boolean databaseKnown, @Nullable NodeLease lease) {
        boolean leased = lease != null && !lease.over();
        if (member != null) {
            return member.working() ? inWords(member.uptake()) : "judged gone";
        }
        if (leased) {
            return zookeeperKnown ? "no ZooKeeper session" : "working";
        }
        return databaseKnown ? "gone" : "unknown";
    }

    private static String inWords(Uptake uptake) {
        return switch (uptake) {
            case NOT_YET -> "starting";
            case WARM_UP -> "warming up";
            case SHARE -> "working";
            case NONE -> "draining";
        };
    }

    private static List<JobLine> jobs(DatabaseView database, Map<String, NodeLine> nodes) {
        List<JobLine> lines = new ArrayList<>();
        for (JobSetting setting : database.settings()) {
            List<JobRun> runs = database.runs().stream()
                    .filter(run -> run.job().equals(setting.job()) && present(run, nodes))
                    .toList();
            JobRun latestError = runs.stream()
                    .filter(run -> run.lastErrorAt() != null)
                    .max(Comparator.comparing(JobRun::lastErrorAt))
                    .orElse(null);
            lines.add(new JobLine(
                    setting.job(),
                    setting.appliedSchedule() == null ? setting.schedule() : setting.appliedSchedule(),
                    state(setting, database.triggers()),
                    runs.stream()
                            .map(JobRun::lastStartedAt)
                            .max(Comparator.naturalOrder())
                            .orElse(null),
                    runs.stream()
                            .map(JobRun::lastDuration)
                            .max(Comparator.naturalOrder())
                            .orElse(Duration.ZERO),
                    runs.stream().mapToLong(JobRun::runs).sum(),
                    runs.stream().mapToLong(JobRun::worked).sum(),
                    runs.stream().mapToLong(JobRun::failures).sum(),
                    latestError == null ? null : latestError.node() + ": " + latestError.lastError(),
                    setting.rejected(),
                    runs));
        }
        return lines;
    }

    /** The figures of nodes that went long ago stay in the table; those of singletons are the cluster's. */
    private static boolean present(JobRun run, Map<String, NodeLine> nodes) {
        NodeLine node = nodes.get(run.node());
        return node != null && alive(node);
    }

    private static String state(JobSetting setting, List<JobTrigger> triggers) {
        List<JobTrigger> own = triggers.stream()
                .filter(trigger -> trigger.job().equals(setting.job()))
                .toList();
        if (own.stream().anyMatch(JobTrigger::inError)) {
            return "in error";
        }
        long paused = own.stream().filter(JobTrigger::paused).count();
        boolean off = Boolean.FALSE.equals(setting.appliedEnabled());
        if (own.isEmpty()) {
            return off ? "off" : "not scheduled";
        }
        if (paused == 0) {
            return "on";
        }
        return paused < own.size() ? "partly paused" : off ? "off" : "paused";
    }
}

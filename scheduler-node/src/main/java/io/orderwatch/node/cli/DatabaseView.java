package io.orderwatch.node.cli;

import io.orderwatch.dao.Database;
import io.orderwatch.dao.cluster.ClusterStore;
import io.orderwatch.dao.jobs.JobRun;
import io.orderwatch.dao.jobs.JobSetting;
import io.orderwatch.dao.jobs.JobStore;
import io.orderwatch.dao.jobs.JobTrigger;
import io.orderwatch.dao.notification.Backlog;
import io.orderwatch.dao.notification.NotificationStore;
import io.orderwatch.dao.order.OrderStore;
import io.orderwatch.dao.setaside.SetAsideStore;
import io.orderwatch.dao.shard.NodeLease;
import io.orderwatch.dao.shard.NodeLeaseStore;
import io.orderwatch.dao.shard.ShardOwner;
import io.orderwatch.dao.shard.ShardStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The cluster as its database shows it at one moment.
 *
 * @param time by the database's clock
 * @param clocksAhead how far the clock of a node's host is ahead of the database's, as it looked last
 * @param ordersWaiting changed orders that no node has dealt with
 * @param setAside rows that broke a job and wait for an operator
 */
record DatabaseView(
        Instant time,
        int shards,
        List<NodeLease> leases,
        Map<String, Duration> clocksAhead,
        List<ShardOwner> owners,
        List<JobSetting> settings,
        List<JobTrigger> triggers,
        List<JobRun> runs,
        long ordersWaiting,
        Backlog backlog,
        long setAside) {

    static DatabaseView read(Database database) {
        ClusterStore cluster = new ClusterStore();
        JobStore jobs = new JobStore();
        return database.inTransaction(tx -> {
            int shards = cluster.shards(tx).orElse(0);
            List<Integer> all = IntStream.range(0, shards).boxed().toList();
            return new DatabaseView(
                    cluster.databaseTime(tx),
                    shards,
                    new NodeLeaseStore().all(tx),
                    new NodeLeaseStore().clocks(tx),
                    new ShardStore().owners(tx),
                    jobs.settings(tx),
                    jobs.triggers(tx),
                    jobs.runs(tx),
                    new OrderStore().waiting(tx, all),
                    new NotificationStore().backlog(tx, all),
                    new SetAsideStore().count(tx));
        });
    }
}

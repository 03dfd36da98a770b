package io.orderwatch.job.notification;

import io.orderwatch.dao.Database;
import io.orderwatch.dao.notification.AttemptResult;
import io.orderwatch.dao.notification.ClaimResult;
import io.orderwatch.dao.notification.DueNotification;
import io.orderwatch.dao.notification.NewNotification;
import io.orderwatch.dao.notification.NotificationStore;
import io.orderwatch.dao.setaside.SetAsideKind;
import io.orderwatch.dao.setaside.SetAsideStore;
import io.orderwatch.dao.shard.ShardLease;
import io.orderwatch.dao.shard.ShardStore;
import io.orderwatch.job.KillPoints;
import io.orderwatch.job.KillPoints.Place;
import io.orderwatch.job.Ownership;
import io.orderwatch.job.Tenure;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The outbox in MySQL, worked under the ownership of this node. */
final class DatabaseOutbox implements Outbox {

    private final Database database;
    private final Ownership ownership;
    private final KillPoints killPoints;
    private final ShardStore shards = new ShardStore();
    private final NotificationStore notifications = new NotificationStore();
    private final SetAsideStore setAside = new SetAsideStore();

    DatabaseOutbox(Database database, Ownership ownership, KillPoints killPoints) {
        this.database = database;
        this.ownership = ownership;
        this.killPoints = killPoints;
    }

    @Override
    public Claim claim(Collection<DueNotification> wanted, long token, Duration lease) {
        try (Tenure tenure = ownership.begin()) {
            Set<Integer> concerned = wanted.stream().map(DueNotification::shard).collect(Collectors.toSet());
            List<ShardLease> ours = tenure.leases().stream()
                    .filter(owned -> concerned.contains(owned.shard()))
                    .toList();
            if (ours.isEmpty() || !tenure.valid()) {
                return Claim.NONE;
            }
            Claim claim = database.inTransaction(tx -> {
                Map<Integer, Long> epochs = new HashMap<>();
                shards.fence(tx, tenure.node(), ours).forEach(held -> epochs.put(held.shard(), held.epoch()));
                List<Long> ids = wanted.stream()
                        .filter(due -> epochs.containsKey(due.shard()))
                        .map(DueNotification::id)
                        .toList();
                ClaimResult result = notifications.claim(tx, tenure.node(), ids, token, lease);
                return new Claim(result.claimed(), epochs, result.held());
            });
            if (!claim.claimed().isEmpty()) {
                killPoints.pass(Place.AFTER_CLAIM);
            }
            return claim;
        }
    }

    @Override
    public Set<Long> allowed(Collection<NewNotification> claimed) {
        return database.inTransaction(tx -> notifications.allowed(tx, claimed));
    }

    @Override
    public boolean maySend(long id, long token) {
        return database.inTransaction(tx -> notifications.maySend(tx, id, token));
    }

    @Override
    public Set<Long> record(List<AttemptResult> results, Map<Long, String> reasons) {
        String node = ownership.node();
        return database.inTransaction(tx -> {
            Set<Long> stale = new HashSet<>();
            notifications.record(tx, node, results).forEach(result -> stale.add(result.notificationId()));
            reasons.forEach((id, reason) -> {
                if (!stale.contains(id)) {
                    setAside.setAside(tx, SetAsideKind.NOTIFICATION, id, reason, node);
                }
            });
            return stale;
        });
    }
}

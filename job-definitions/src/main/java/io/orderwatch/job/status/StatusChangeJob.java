package io.orderwatch.job.status;

import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import io.orderwatch.dao.Database;
import io.orderwatch.dao.DatabaseContendedException;
import io.orderwatch.dao.Tx;
import io.orderwatch.dao.shard.ShardLease;
import io.orderwatch.dao.shard.ShardStore;
import io.orderwatch.dao.status.Released;
import io.orderwatch.dao.status.SwitchStore;
import io.orderwatch.dao.status.Toggle;
import io.orderwatch.job.ShardJob;
import io.orderwatch.job.Sweep;
import io.orderwatch.job.Tenure;
import io.orderwatch.job.UserLog;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts switches into effect. Switching off needs nothing but its record: scan, expiry and claim read the operators'
 * column themselves and hold what they meet, so it holds at once. Switching on sets free what was held, in batches,
 * and records the switch when all of it is; when the operator flips it again meanwhile, the compare-and-set on what was
 * read fails, and the next tick deals with the new position.
 */
public final class StatusChangeJob implements ShardJob {

    public static final String NAME = "status-change";

    private static final Logger LOG = LoggerFactory.getLogger(StatusChangeJob.class);
    private static final int TOGGLES = 200;
    private static final int ROWS = 2000;

    private final Database database;
    private final ShardStore shards = new ShardStore();
    private final SwitchStore switches = new SwitchStore();
    private final Runnable released;
    private final UserLog userLog;
    private final Meter effects;

    /** @param released called after rows were set free, so that scan and retry need not wait for their next tick */
    public StatusChangeJob(Database database, Runnable released, UserLog userLog, MetricRegistry metrics) {
        this.database = database;
        this.released = released;
        this.userLog = userLog;
        this.effects = metrics.meter("status.took-effect");
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Sweep sweep(Tenure tenure) {
        if (tenure.leases().isEmpty()) {
            return Sweep.IDLE;
        }
        List<Integer> owned = tenure.leases().stream().map(ShardLease::shard).toList();
        List<Toggle> toggles = database.inTransaction(tx -> switches.toggled(tx, owned, TOGGLES));
        int done = 0;
        for (Toggle toggle : toggles) {
            if (!tenure.valid()) {
                break;
            }
            done += tryToApply(tenure, toggle) ? 1 : 0;
        }
        return new Sweep(done, done > 0 && toggles.size() >= TOGGLES);
    }

    private boolean tryToApply(Tenure tenure, Toggle toggle) {
        try {
            return apply(tenure, toggle);
        } catch (DatabaseContendedException e) {
            LOG.info(
                    "The switch of {} {} waits for somebody's open transaction: {}",
                    toggle.kind(),
                    toggle.id(),
                    e.getMessage());
            return false;
        }
    }

    private boolean apply(Tenure tenure, Toggle toggle) {
        int set = toggle.on() ? release(tenure, toggle) : 0;
        boolean effective = tenure.valid()
                && database.<Boolean>inTransaction(tx -> fence(tx, tenure, toggle)
                        .map(held -> switches.tookEffect(tx, toggle, set, tenure.node()))
                        .orElse(false));
        if (set > 0) {
            released.run();
        }
        if (effective) {
            effects.mark();
            String what = toggle.kind().name().toLowerCase(Locale.ROOT);
            LOG.info(
                    "The switch of {} {} took effect: {} to {}, {} rows set free",
                    what,
                    toggle.id(),
                    toggle.seenStatus(),
                    toggle.status(),
                    set);
            userLog.log(
                    toggle.userId(),
                    "{} {} switched {}, {} rows set free",
                    what,
                    toggle.id(),
                    toggle.on() ? "on" : "off",
                    set);
        }
        return effective;
    }

    /** Notifications first: what follows from the orders comes after what merchants were to hear before. */
    private int release(Tenure tenure, Toggle toggle) {
        int notifications = releaseAll(tenure, toggle, switches::releaseNotifications);
        if (notifications > 0) {
            released.run();
        }
        return notifications + releaseAll(tenure, toggle, switches::releaseOrders);
    }

    /** One table's held rows, a batch a transaction. */
    private interface Release {
        Released next(Tx tx, Toggle toggle, long afterId, int limit);
    }

    private int releaseAll(Tenure tenure, Toggle toggle, Release release) {
        int rows = 0;
        long last = Long.MIN_VALUE;
        boolean more = true;
        while (more && tenure.valid()) {
            long after = last;
            Released batch = database.inTransaction(tx -> fence(tx, tenure, toggle)
                    .map(lease -> release.next(tx, toggle, after, ROWS))
                    .orElse(new Released(after, 0, false)));
            rows += batch.rows();
            last = batch.lastId();
            more = batch.more();
        }
        return rows;
    }

    private Optional<ShardLease> fence(Tx tx, Tenure tenure, Toggle toggle) {
        Map<Integer, ShardLease> owned =
                tenure.leases().stream().collect(Collectors.toMap(ShardLease::shard, Function.identity()));
        return Optional.ofNullable(owned.get(toggle.shard()))
                .flatMap(lease ->
                        shards.fence(tx, tenure.node(), List.of(lease)).stream().findFirst());
    }
}

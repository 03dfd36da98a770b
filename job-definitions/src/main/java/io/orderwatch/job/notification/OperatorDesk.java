package io.orderwatch.job.notification;

import io.orderwatch.dao.Database;
import io.orderwatch.dao.cluster.ClusterStore;
import io.orderwatch.dao.notification.DeadFilter;
import io.orderwatch.dao.notification.DeadPage;
import io.orderwatch.dao.notification.HistoryLine;
import io.orderwatch.dao.notification.MerchantState;
import io.orderwatch.dao.notification.OperatorStore;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/**
 * What operators ask and do about notifications, from the command line and over JMX alike. Whatever changes a row leaves
 * one in {@code audit_log}. Safe for use by many threads.
 */
public final class OperatorDesk {

    private static final int PAGE = 10_000;
    private static final int MERCHANTS = 1_000;

    private final Database database;
    private final InstantSource clock;
    private final OperatorStore store = new OperatorStore();
    private final ClusterStore cluster = new ClusterStore();

    /** @param clock tells what is given up only after a redrive has begun, which it leaves alone */
    public OperatorDesk(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    /** All that happened to an order, a line each, the oldest first; empty when there is no such order. */
    public List<String> why(String orderNo) {
        return database.inTransaction(tx -> store.history(tx, orderNo)).stream()
                .map(OperatorDesk::line)
                .toList();
    }

    private static String line(HistoryLine h) {
        String id = h.notificationId() == null ? "-" : Message.id(h.notificationId());
        String by = h.node() == null ? "" : "  [" + h.node() + (h.epoch() == null ? "" : ", epoch " + h.epoch()) + "]";
        Instant at = h.at().truncatedTo(ChronoUnit.MILLIS);
        return String.format(Locale.ROOT, "%-24s  %-12s  %-14s  %s%s", at, h.kind(), id, Judge.line(h.what()), by);
    }

    /** Every merchant and how it does. */
    public List<MerchantState> merchants() {
        List<MerchantState> all = new ArrayList<>();
        long after = Long.MIN_VALUE;
        while (true) {
            long from = after;
            List<MerchantState> page = database.inTransaction(tx -> store.merchants(tx, from, MERCHANTS));
            page.forEach(merchant -> all.add(readable(merchant)));
            if (page.size() < MERCHANTS) {
                return all;
            }
            after = page.get(page.size() - 1).id();
        }
    }

    private static MerchantState readable(MerchantState m) {
        return new MerchantState(m.id(), Judge.printable(m.name()), m.status(), m.endpoints(), m.state(), m.why());
    }

    /** What waits to be sent, by merchant and lane. Reads as much as waits, along an index. */
    public QueueReport queues() {
        return database.inTransaction(tx -> {
            List<Integer> shards =
                    IntStream.range(0, cluster.shards(tx).orElse(0)).boxed().toList();
            return new QueueReport(cluster.databaseTime(tx), store.queues(tx, shards));
        });
    }

    /** What switching a merchant came to. */
    public enum Switched {
        DONE,
        WAS_SO,
        UNKNOWN
    }

    /** Has a merchant's notifications wait, or go on; takes effect within a second. */
    public Switched switchMerchant(String actor, long merchantId, boolean on) {
        return database.inTransaction(tx -> {
            if (store.switchMerchant(tx, merchantId, on)) {
                cluster.audit(tx, actor, on ? "resume-merchant" : "pause-merchant", Long.toString(merchantId), "");
                return Switched.DONE;
            }
            return store.merchantExists(tx, merchantId) ? Switched.WAS_SO : Switched.UNKNOWN;
        });
    }

    /** How many notifications were given up, of those that the filter wants. Looks through all there are. */
    public long countDead(DeadFilter filter) {
        long count = 0;
        for (DeadPage page = dead(filter, 0); page.last() != null; page = dead(filter, page.last())) {
            count += page.found();
        }
        return count;
    }

    /**
     * Makes those due now that were given up before this moment; the cluster claims and sends them like any other, so two
     * operators and the retry job together send each once.
     *
     * @param progress told how many were made due so far, after each transaction
     * @return how many were made due
     */
    public long redriveDead(String actor, DeadFilter filter, LongConsumer progress) {
        // what fails again meanwhile has had its tries
        DeadFilter before =
                filter.until() == null ? new DeadFilter(filter.merchantId(), filter.from(), clock.instant()) : filter;
        long count = 0;
        long after = 0;
        for (DeadPage page = dead(before, 0); page.last() != null; page = dead(before, after)) {
            if (page.found() > 0) {
                count += redrive(actor, before, after, page.last());
                progress.accept(count);
            }
            after = page.last();
        }
        return count;
    }

    private long redrive(String actor, DeadFilter filter, long after, long last) {
        return database.inTransaction(tx -> {
            int made = store.redrive(tx, filter, after, last);
            String merchant = filter.merchantId() == null ? "all" : Long.toString(filter.merchantId());
            String detail = made + " of " + Message.id(after) + " to " + Message.id(last) + ", given up from "
                    + (filter.from() == null ? "ever" : filter.from()) + " until " + filter.until();
            cluster.audit(tx, actor, "retry-dead", merchant, detail);
            return made;
        });
    }

    private DeadPage dead(DeadFilter filter, long after) {
        return database.inTransaction(tx -> store.dead(tx, filter, after, PAGE));
    }
}

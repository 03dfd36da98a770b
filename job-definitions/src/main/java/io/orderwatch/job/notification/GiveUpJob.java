package io.orderwatch.job.notification;

import com.codahale.metrics.Counter;
import com.codahale.metrics.MetricRegistry;
import io.orderwatch.dao.Database;
import io.orderwatch.dao.notification.HeldBackStore;
import io.orderwatch.job.SingletonJob;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings to an end what an open breaker holds back. That uses up no try, and of a merchant that is gone for good only one
 * notification in each of the breaker's times is tried: the last of many would wait for years. What was due for long, of a
 * merchant whose breaker was not closed once meanwhile, is given up: DEAD, with the reason among its attempts, and an
 * operator may have it tried again.
 */
public final class GiveUpJob implements SingletonJob {

    public static final String NAME = "give-up";

    private static final Logger LOG = LoggerFactory.getLogger(GiveUpJob.class);
    /** Of each shard and lane in one transaction. */
    private static final int BATCH = 200;

    private final Database database;
    private final String node;
    private final List<Integer> shards;
    private final Duration after;
    private final HeldBackStore store = new HeldBackStore();
    private final Counter givenUp;

    /**
     * @param node shows as who gave it up
     * @param shards of the installation
     * @param after for so long it was due and its merchant could not be called
     */
    public GiveUpJob(Database database, String node, int shards, Duration after, MetricRegistry metrics) {
        this.database = database;
        this.node = node;
        this.shards = IntStream.range(0, shards).boxed().toList();
        this.after = after;
        this.givenUp = metrics.counter("notification.given_up");
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int run(BooleanSupplier stopped) {
        int all = 0;
        for (long merchantId : database.inTransaction(tx -> store.shut(tx, after))) {
            int count = giveUp(merchantId, stopped);
            if (count > 0) {
                LOG.warn(
                        "{} notifications of merchant {} are given up: it could not be called for {} h",
                        count,
                        merchantId,
                        after.toHours());
            }
            all += count;
        }
        return all;
    }

    private int giveUp(long merchantId, BooleanSupplier stopped) {
        int sum = 0;
        for (int shard : shards) {
            int count;
            do {
                if (stopped.getAsBoolean()) {
                    return sum;
                }
                count = database.inTransaction(tx -> store.giveUp(tx, merchantId, shard, after, node, BATCH));
                givenUp.inc(count);
                sum += count;
            } while (count >= BATCH);
        }
        return sum;
    }
}

package io.orderwatch.job.alert;

import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import io.orderwatch.dao.Database;
import io.orderwatch.dao.alert.AlertStore;
import io.orderwatch.dao.alert.Notice;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends what is queued, one message at a time a channel. A message is claimed before it is sent: what a sender that died
 * had claimed is due again when the claim is over. It may arrive twice then, and is never lost.
 */
final class AlertSender {

    private static final Logger LOG = LoggerFactory.getLogger(AlertSender.class);

    /** A mail server may take its time at each of several steps. */
    private static final Duration CLAIM = Duration.ofMinutes(3);

    private static final Duration FIRST_WAIT = Duration.ofSeconds(2);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);
    private static final int DOUBLINGS = 8;

    private final Database database;
    private final Duration giveUpAfter;
    private final RandomGenerator random;
    private final Meter sent;
    private final Meter failed;
    private final AlertStore alerts = new AlertStore();

    AlertSender(Database database, Duration giveUpAfter, MetricRegistry metrics, RandomGenerator random) {
        this.database = database;
        this.giveUpAfter = giveUpAfter;
        this.random = random;
        this.sent = metrics.meter("alert.sent");
        this.failed = metrics.meter("alert.failed");
    }

    /** Sends what is due, until nothing is, or the channel fails. Returns how many were sent. */
    int drain(AlertChannel channel) throws InterruptedException {
        int count = 0;
        while (true) {
            long token = random.nextLong(1, Long.MAX_VALUE);
            List<Notice> claimed = claim(channel, token);
            if (claimed.isEmpty() || !send(channel, claimed.get(0), token)) {
                return count;
            }
            count++;
        }
    }

    List<Notice> claim(AlertChannel channel, long token) {
        return database.inTransaction(tx -> alerts.claim(tx, channel.name(), token, CLAIM, 1));
    }

    private boolean send(AlertChannel channel, Notice notice, long token) throws InterruptedException {
        try {
            channel.send(AlertMessage.of(notice));
            database.run(tx -> alerts.sent(tx, notice.id(), token));
            sent.mark();
            return true;
        } catch (AlertNotSentException e) {
            failed(channel, notice, token, e.getMessage(), e.retryAfter());
            return false;
        } catch (InterruptedException e) {
            // the node stops: it is not this message's fault
            database.run(tx -> alerts.failed(tx, notice.id(), token, "its sender stopped", Duration.ZERO));
            throw e;
        }
    }

    private void failed(AlertChannel channel, Notice notice, long token, String why, @Nullable Duration asked) {
        failed.mark();
        if (notice.ageSeconds() >= giveUpAfter.toSeconds()) {
            LOG.error("Alert {} is given up on {}: {}", notice.title(), channel.name(), why);
            database.run(tx -> alerts.giveUp(tx, notice.id(), token, why));
            return;
        }
        Duration in = wait(notice.attempts(), asked);
        LOG.warn(
                "Alert {} was not sent by {}: {}; it is tried again in {} ms",
                notice.title(),
                channel.name(),
                why,
                in.toMillis());
        database.run(tx -> alerts.failed(tx, notice.id(), token, why, in));
    }

    private Duration wait(int attempts, @Nullable Duration asked) {
        long grown = FIRST_WAIT.toMillis() << Math.min(attempts, DOUBLINGS);
        if (asked != null) {
            grown = Math.max(grown, asked.toMillis());
        }
        grown = Math.min(grown, LONGEST_WAIT.toMillis());
        long least = asked == null ? grown / 2 : Math.min(asked.toMillis(), grown);
        return Duration.ofMillis(random.nextLong(least, grown + 1));
    }
}

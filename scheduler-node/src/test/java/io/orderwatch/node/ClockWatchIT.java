package io.orderwatch.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.dao.TestDatabase;
import io.orderwatch.dao.shard.NodeLeaseStore;
import io.orderwatch.job.Ticker;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A host whose clock goes wrong, against the clock of a real database. */
@ExtendWith(StackExtension.class)
class ClockWatchIT {

    private static final Duration MOST = Duration.ofSeconds(10);

    private TestDatabase db;
    private volatile Duration wrong = Duration.ZERO;
    private long waited;
    private ClusterClock clock;
    private ClockWatch watch;

    @BeforeEach
    void open(Stack stack) {
        db = TestDatabase.create(stack);
        db.database().run(tx -> new NodeLeaseStore().join(tx, "node-1", 1, Duration.ofSeconds(60)));
        InstantSource host = () -> Instant.now().plus(wrong);
        Ticker ticker = () -> System.nanoTime() + waited;
        clock = new ClusterClock(db.database(), host, ticker);
        watch = new ClockWatch("node-1", MOST, db.database(), clock, ticker);
    }

    @AfterEach
    void close() {
        db.close();
    }

    @Test
    void clock_that_goes_wrong_and_is_put_right_is_noticed_both_times() {
        look();
        assertNull(watch.trouble());
        assertTrue(Math.abs(ahead()) < MOST.toMillis(), "both clocks are this machine's: " + ahead());

        wrong = Duration.ofHours(1);
        watch.look();
        assertNull(watch.trouble(), "it does not look each time that it is asked");
        look();
        String ahead = watch.trouble();
        assertNotNull(ahead);
        assertTrue(ahead.matches("The clock of node-1 is 3[56]\\d\\d\\.\\d s ahead of the database's: .*"), ahead);
        assertEquals(3_600_000, ahead(), MOST.toMillis());

        wrong = Duration.ofSeconds(-40);
        look();
        String behind = watch.trouble();
        assertNotNull(behind);
        assertTrue(behind.contains(" s behind the database's"), behind);
        assertEquals(-40_000, ahead(), MOST.toMillis());

        wrong = Duration.ZERO;
        look();
        assertNull(watch.trouble());
    }

    @Test
    void time_of_the_cluster_is_the_databases_whatever_becomes_of_the_hosts() {
        wrong = Duration.ofHours(1);
        assertEquals(3_600_000, offByMillis(), MOST.toMillis(), "the host's, until the database was heard");

        look();
        assertEquals(0, offByMillis(), MOST.toMillis());

        wrong = Duration.ofHours(-2);
        assertEquals(0, offByMillis(), MOST.toMillis(), "before anybody has noticed that the host's was put");

        waited += Duration.ofMinutes(1).toNanos();
        assertEquals(60_000, offByMillis(), MOST.toMillis(), "it goes on by itself");
        watch.look();
        assertEquals(0, offByMillis(), MOST.toMillis());
    }

    private long offByMillis() {
        return Duration.between(Instant.now(), clock.instant()).toMillis();
    }

    private void look() {
        waited += Duration.ofSeconds(5).toNanos();
        watch.look();
    }

    private long ahead() {
        return db.number("SELECT clock_ahead_ms FROM node_leases WHERE node = 'node-1'");
    }
}

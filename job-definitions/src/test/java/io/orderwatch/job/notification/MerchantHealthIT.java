package io.orderwatch.job.notification;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.orderwatch.dao.TestDatabase;
import io.orderwatch.dao.notification.BreakerChange;
import io.orderwatch.dao.notification.BreakerState;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(StackExtension.class)
class MerchantHealthIT {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private TestDatabase db;
    private final List<String> told = new CopyOnWriteArrayList<>();

    @BeforeEach
    void create(Stack stack) {
        db = TestDatabase.create(stack);
    }

    @AfterEach
    void drop() {
        db.close();
    }

    @Test
    void a_change_that_two_nodes_learn_of_is_written_and_told_once() {
        BreakerChange opened =
                new BreakerChange(7, 70, BreakerState.CLOSED, BreakerState.OPEN, "5 failures in a row", "", 1_000);
        try (MerchantHealth one = health("node-1");
                MerchantHealth other = health("node-2")) {
            one.breakerChanged(opened);
            other.breakerChanged(opened);
            BreakerChange half =
                    new BreakerChange(7, 70, BreakerState.OPEN, BreakerState.HALF_OPEN, "its time is over", "", 1_001);
            other.breakerChanged(half);
            one.breakerChanged(half);
            Awaitility.await().atMost(PATIENCE).until(() -> told.size() == 2);
            one.breakerChanged(opened);
            one.speedChanged(8, true, Duration.ofSeconds(4));
            Awaitility.await().atMost(PATIENCE).until(() -> told.size() >= 3);
            assertEquals("8 slow=true on node-1", told.get(2));
        }
        assertEquals(
                "OPEN 5 failures in a row,HALF_OPEN its time is over",
                db.text("SELECT GROUP_CONCAT(CONCAT(to_state, ' ', reason) ORDER BY id) FROM breaker_changes"));
    }

    @Test
    void a_merchant_is_listed_as_slow_until_it_is_fast_or_its_node_starts_anew() {
        db.execute("INSERT INTO slow_merchants (merchant_id, node, average_ms) VALUES (5, 'node-1', 9000),"
                + " (5, 'node-2', 9000)");
        try (MerchantHealth one = health("node-1")) {
            one.speedChanged(7, true, Duration.ofSeconds(4));
            one.speedChanged(8, true, Duration.ofSeconds(5));
            one.speedChanged(7, false, Duration.ofSeconds(1));
            Awaitility.await().atMost(PATIENCE).until(() -> told.size() == 3);
            assertEquals(
                    "5 node-2 9000,8 node-1 5000",
                    db.text("SELECT GROUP_CONCAT(CONCAT_WS(' ', merchant_id, node, average_ms) ORDER BY merchant_id)"
                            + " FROM slow_merchants"));
        }
    }

    @Test
    void a_listener_that_fails_keeps_nothing_from_the_next_change() {
        try (MerchantHealth one = health("node-1")) {
            one.addListener(new HealthListener() {
                @Override
                public void breakerChanged(BreakerChange change) {
                    throw new IllegalStateException("no");
                }

                @Override
                public void speedChanged(SpeedChange change) {
                    throw new IllegalStateException("no");
                }
            });
            one.speedChanged(7, true, Duration.ofSeconds(4));
            one.speedChanged(7, false, Duration.ofSeconds(1));
            Awaitility.await().atMost(PATIENCE).until(() -> told.size() == 2);
        }
    }

    private MerchantHealth health(String node) {
        MerchantHealth health = new MerchantHealth(db.database(), node);
        health.addListener(new HealthListener() {
            @Override
            public void breakerChanged(BreakerChange change) {
                told.add(change.endpointId() + " " + change.to() + " on " + node);
            }

            @Override
            public void speedChanged(SpeedChange change) {
                told.add(change.merchantId() + " slow=" + change.slow() + " on " + change.node());
            }
        });
        health.start();
        return health;
    }
}

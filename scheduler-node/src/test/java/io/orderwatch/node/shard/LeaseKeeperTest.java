package io.orderwatch.node.shard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.dao.DatabaseAway;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.Test;

class LeaseKeeperTest {

    private static final ShardSettings SETTINGS = ShardSettings.of("test", "nowhere:2181", 4);
    /** Lease of 2.5 s less the margin of 300 ms. */
    private static final long OWN_SPAN = Duration.ofMillis(2200).toNanos();

    private final Office office = new Office();
    private final LocalLease lease = new LocalLease(() -> office.nanos);
    private final OwnedShards owned = new OwnedShards("me", lease, () -> {});
    private final AtomicReference<String> another = new AtomicReference<>();
    private final AtomicInteger changes = new AtomicInteger();
    private final LeaseKeeper keeper = new LeaseKeeper(
            "me",
            SETTINGS,
            office,
            lease,
            owned,
            () -> ++office.incarnations,
            another::get,
            changes::incrementAndGet,
            () -> office.nanos);

    @Test
    void deadline_counts_from_before_the_renewal_was_sent() {
        office.took = Duration.ofMillis(700).toNanos();
        assertEquals(SETTINGS.renewal(), keeper.step());
        assertEquals(office.took, office.nanos, "the answer came 700 ms later");
        office.nanos = OWN_SPAN - 1;
        assertTrue(lease.runs());
        office.nanos = OWN_SPAN;
        assertFalse(lease.runs());
    }

    @Test
    void pause_of_a_second_costs_nothing() {
        keeper.step();
        adopt();
        for (int i = 0; i < 20; i++) {
            office.nanos += Duration.ofMillis(1999).toNanos();
            assertTrue(owned.epoch(0).isPresent(), "a renewal each second, and a pause of a second before it");
            keeper.step();
        }
        assertEquals(1, office.joins);
    }

    @Test
    void database_away_stops_work_at_the_deadline_and_its_return_revives_it() {
        keeper.step();
        adopt();
        office.away = true;
        office.nanos = OWN_SPAN - 1;
        assertTrue(keeper.step().compareTo(SETTINGS.renewal()) < 0, "tried again sooner than a renewal");
        assertTrue(owned.epoch(0).isPresent());
        office.nanos = OWN_SPAN;
        assertFalse(owned.epoch(0).isPresent());
        assertTrue(String.valueOf(keeper.trouble()).startsWith("MySQL cannot be reached"));
        assertEquals(Duration.ZERO, keeper.databaseAnswersFor());
        office.away = false;
        keeper.step();
        assertTrue(owned.epoch(0).isPresent(), "nobody took it meanwhile");
        assertNull(keeper.trouble());
        office.nanos += 5;
        assertEquals(Duration.ofNanos(5), keeper.databaseAnswersFor());
    }

    @Test
    void refused_renewal_fences_the_node_which_joins_anew_under_another_incarnation() {
        keeper.step();
        adopt();
        long before = lease.incarnation();
        office.refused = true;
        keeper.step();
        assertEquals(Set.of(), owned.shards());
        assertFalse(lease.runs());
        assertEquals(1, office.leaves, "what it had need not be waited out");
        office.refused = false;
        keeper.step();
        assertTrue(lease.runs());
        assertNotEquals(before, lease.incarnation());
        assertEquals(3, changes.get(), "joined, fenced, joined");
    }

    @Test
    void fenced_node_says_so_once_however_long_it_waits_to_join() {
        keeper.step();
        adopt();
        List<String> said = new CopyOnWriteArrayList<>();
        AbstractAppender listener = new AbstractAppender("listener", null, null, true, Property.EMPTY_ARRAY) {
            @Override
            public void append(LogEvent event) {
                said.add(event.getMessage().getFormattedMessage());
            }
        };
        listener.start();
        // other tests of this JVM have configured the log as commands do, which say less
        Configurator.setLevel(LeaseKeeper.class.getName(), Level.INFO);
        org.apache.logging.log4j.core.Logger log =
                (org.apache.logging.log4j.core.Logger) LogManager.getLogger(LeaseKeeper.class);
        log.addAppender(listener);
        try {
            office.refused = true;
            for (int i = 0; i < 10; i++) {
                keeper.step();
            }
            office.refused = false;
            keeper.step();
        } finally {
            log.removeAppender(listener);
        }
        assertTrue(lease.runs());
        assertEquals(
                1, said.stream().filter(line -> line.contains("was fenced")).count(), said.toString());
        assertTrue(said.size() <= 3, "fenced, waiting, joined: " + said);
    }

    @Test
    void node_does_not_join_while_another_process_of_its_id_lives() {
        another.set("Node id me is in use by the process on elsewhere");
        keeper.step();
        assertFalse(lease.runs());
        assertEquals(another.get(), keeper.trouble());
        another.set(null);
        office.refused = true;
        keeper.step();
        assertTrue(String.valueOf(keeper.trouble()).contains("in use"));
        office.refused = false;
        keeper.step();
        assertTrue(lease.runs());
    }

    @Test
    void join_whose_answer_was_lost_is_tried_again_under_the_same_incarnation() {
        office.away = true;
        keeper.step();
        keeper.step();
        office.away = false;
        keeper.step();
        assertEquals(1, lease.incarnation());
    }

    @Test
    void incarnation_that_is_refused_is_not_tried_again() {
        office.refused = true;
        keeper.step();
        office.refused = false;
        keeper.step();
        assertEquals(2, lease.incarnation(), "the first may have been taken up by a lost try, and been denied since");
    }

    private void adopt() {
        Holder me = new Holder("me", lease.incarnation());
        owned.apply(
                new Plan(new Stamp(1, 1), List.of(new Plan.Entry(me, 1, null)), Set.of("me"), Set.of()),
                lease.incarnation());
    }

    /** A database whose clock is the test's. */
    private static final class Office implements LeaseOffice {
        long nanos;
        long took;
        long incarnations;
        int joins;
        int leaves;
        boolean away;
        boolean refused;

        @Override
        public Answer join(long incarnation) {
            Answer answer = answer();
            joins++;
            return answer;
        }

        @Override
        public Answer renew(long incarnation) {
            return answer();
        }

        private Answer answer() {
            if (away) {
                throw DatabaseAway.exception();
            }
            long askedAt = nanos;
            nanos += took;
            return new Answer(!refused, askedAt);
        }

        @Override
        public void leave(long incarnation) {
            leaves++;
        }
    }
}

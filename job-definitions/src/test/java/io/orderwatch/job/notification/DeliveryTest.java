package io.orderwatch.job.notification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import io.orderwatch.dao.Database;
import io.orderwatch.dao.DatabaseUnavailableException;
import io.orderwatch.dao.notification.AttemptResult;
import io.orderwatch.dao.notification.ClaimedNotification;
import io.orderwatch.dao.notification.DueNotification;
import io.orderwatch.dao.notification.Endpoint;
import io.orderwatch.dao.notification.FirstClaim;
import io.orderwatch.dao.notification.Merchant;
import io.orderwatch.dao.notification.NewNotification;
import io.orderwatch.dao.notification.Next;
import io.orderwatch.dao.order.OrderState;
import io.orderwatch.job.KillPoints;
import io.orderwatch.job.Ownership;
import io.orderwatch.job.Tenure;
import io.orderwatch.job.TurnedTicker;
import io.orderwatch.job.UserLog;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The engine with a database and a channel that do what the test says. */
class DeliveryTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final long EPOCH = 7;

    private final TurnedTicker ticker = new TurnedTicker();
    private final MetricRegistry metrics = new MetricRegistry();
    private final MapLocks locks = new MapLocks();
    private final FakeOutbox outbox = new FakeOutbox();
    private final FakeOwnership ownership = new FakeOwnership();
    private final FakeChannel channel = new FakeChannel();
    private final Door door = new Door();
    private final Delivery delivery = new Delivery(
            new DeliverySettings(
                    200,
                    800,
                    20_000,
                    2_000,
                    500,
                    Duration.ofMillis(5),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(5),
                    new Isolation(64, Duration.ofSeconds(3), 10, Duration.ofMinutes(1))),
            outbox,
            new MerchantDirectory(
                    DeliveryTest::merchants, new Channels(Map.of(Endpoint.HTTP, channel)), Admission.byRow(), ticker),
            ownership,
            locks,
            door,
            new MerchantHealth(new Database(new AwayDataSource(new SQLTransientConnectionException("away"))), "node-1"),
            () -> 1,
            metrics,
            new UserLog(),
            () -> Instant.EPOCH,
            ticker,
            KillPoints.NONE);

    @AfterEach
    void close() {
        outbox.failClaims = null;
        outbox.failRecords = null;
        delivery.close();
    }

    @Test
    void instant_failures_in_a_row_do_not_pile_up_on_a_stack() {
        channel.answer = () -> new Reply.Failed(Outcome.CONNECT, "refused", false);
        offer(2_000);
        delivery.start();
        awaitRecorded(2_000);
        assertTrue(outbox.recorded.values().stream().allMatch(result -> result.next() instanceof Next.Retry));
        assertEquals(0, metrics.counter("notification.possible_duplicate").getCount());
    }

    @Test
    void a_database_that_is_away_holds_claims_up_and_loses_none() {
        outbox.failClaims = ids -> unavailable();
        offer(100);
        delivery.start();
        Awaitility.await().atMost(PATIENCE).until(() -> outbox.claims.get() >= 3);
        // those that it is just asking for are neither here nor there
        Awaitility.await().atMost(PATIENCE).until(() -> delivery.queued() == 100);
        outbox.failClaims = null;
        awaitRecorded(100);
        assertEquals(0, delivery.queued());
    }

    @Test
    void results_are_kept_while_the_database_is_away() {
        outbox.failRecords = ids -> unavailable();
        offer(100);
        delivery.start();
        Awaitility.await().atMost(PATIENCE).until(() -> outbox.records.get() >= 3);
        assertEquals(100, delivery.claimed());
        assertEquals(100, locks.held.size(), "a lock is freed only after the record");
        outbox.failRecords = null;
        awaitRecorded(100);
        assertEquals(100, channel.sent.size());
        Awaitility.await().atMost(PATIENCE).until(() -> delivery.claimed() == 0 && locks.held.isEmpty());
    }

    @Test
    void results_are_given_up_when_their_claims_are_over() {
        outbox.failRecords = ids -> unavailable();
        offer(100);
        delivery.start();
        Awaitility.await().atMost(PATIENCE).until(() -> outbox.records.get() >= 1 && channel.sent.size() == 100);
        ticker.turn(Duration.ofSeconds(16));
        Awaitility.await().atMost(PATIENCE).until(() -> delivery.claimed() == 0);
        assertEquals(100, metrics.counter("notification.result_lost").getCount());
        assertEquals(0, locks.held.size());
    }

    @Test
    void a_result_that_cannot_be_written_does_not_take_its_neighbours_with_it() {
        outbox.failRecords = ids -> ids.contains(13L) ? new IllegalStateException("no such column") : null;
        offer(100);
        delivery.start();
        awaitRecorded(99);
        Awaitility.await().atMost(PATIENCE).until(() -> delivery.claimed() == 0);
        assertEquals(1, metrics.counter("notification.result_lost").getCount());
    }

    @Test
    void a_row_that_cannot_be_claimed_does_not_take_its_neighbours_with_it() {
        outbox.failClaims = ids -> ids.contains(13L) ? new IllegalStateException("no such column") : null;
        offer(100);
        delivery.start();
        awaitRecorded(99);
        Awaitility.await().atMost(PATIENCE).until(() -> delivery.claimed() == 0);
        assertEquals(0, delivery.queued());
    }

    @Test
    void a_database_that_goes_away_amid_the_search_for_a_bad_row_costs_nothing_but_time() {
        AtomicInteger asked = new AtomicInteger();
        outbox.failClaims = ids -> {
            if (asked.incrementAndGet() > 4) {
                return unavailable();
            }
            return ids.contains(13L) ? new IllegalStateException("no such column") : null;
        };
        offer(64);
        delivery.start();
        Awaitility.await().atMost(PATIENCE).until(() -> asked.get() > 6);
        outbox.failClaims = null;
        awaitRecorded(64);
        Awaitility.await().atMost(PATIENCE).until(() -> delivery.claimed() == 0);
        assertEquals(64, channel.sent.size());
    }

    @Test
    void a_shard_that_moved_after_the_claim_is_not_sent_for() {
        outbox.afterClaim = () -> ownership.epoch = EPOCH + 1;
        offer(10);
        delivery.start();
        awaitRecorded(10);
        assertEquals(0, channel.sent.size());
        assertReleased(Duration.ZERO);
    }

    @Test
    void the_last_look_of_the_channel_finds_a_shard_that_moved_while_it_connected() {
        channel.whileConnecting = () -> ownership.epoch = EPOCH + 1;
        offer(1);
        delivery.start();
        awaitRecorded(1);
        assertEquals(0, channel.sent.size());
        assertReleased(Duration.ZERO);
    }

    @Test
    void what_is_claimed_while_its_breaker_opens_is_parked() {
        outbox.afterClaim = () -> door.locked = true;
        offer(10);
        delivery.start();
        awaitRecorded(10);
        assertEquals(0, channel.sent.size());
        assertTrue(outbox.recorded.values().stream().allMatch(result -> result.next() instanceof Next.Park));
        Awaitility.await().atMost(PATIENCE).until(() -> delivery.claimed() == 0 && locks.held.isEmpty());
    }

    @Test
    void what_waited_too_long_for_its_socket_is_not_sent() {
        outbox.afterClaim = () -> ticker.turn(Duration.ofSeconds(3));
        offer(10);
        delivery.start();
        awaitRecorded(10);
        assertEquals(0, channel.sent.size());
        assertReleased(Duration.ofMillis(500));
    }

    @Test
    void a_message_that_cannot_be_made_is_set_aside() {
        channel.failure = new IllegalArgumentException("bad header\r\nvalue");
        offer(1);
        delivery.start();
        awaitRecorded(1);
        assertEquals(Map.of(1L, "It cannot be sent: bad header value"), outbox.setAside);
    }

    @Test
    void what_may_have_arrived_is_counted_when_it_is_tried_again() {
        channel.answer = () -> new Reply.Failed(Outcome.TIMEOUT, "no answer", true);
        offer(10);
        delivery.start();
        awaitRecorded(10);
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> metrics.counter("notification.possible_duplicate").getCount() == 10);
    }

    @Test
    void each_claim_has_a_token_of_its_own_and_results_carry_it() {
        offer(1_000);
        delivery.start();
        awaitRecorded(1_000);
        outbox.recorded.forEach((id, result) -> assertEquals(outbox.tokens.get(id), result.claimToken()));
        assertTrue(outbox.tokens.values().stream().allMatch(token -> token > 0));
        assertEquals(
                outbox.claims.get(), outbox.tokens.values().stream().distinct().count());
    }

    /** It was claimed while its breaker was closed, or another node's report was faster. */
    @Test
    void what_a_breaker_holds_back_after_its_claim_waits_a_minute_and_uses_up_no_try() {
        door.shut = true;
        offer(10);
        delivery.start();
        awaitRecorded(10);
        assertEquals(0, channel.sent.size());
        for (AttemptResult result : outbox.recorded.values()) {
            assertEquals(new Next.Park(Duration.ofMinutes(1)), result.next());
            assertEquals(List.of(), result.visits());
        }
        Awaitility.await().atMost(PATIENCE).until(() -> delivery.claimed() == 0 && locks.held.isEmpty());
    }

    @Test
    void draining_waits_for_results_and_says_when_it_did_not() throws Exception {
        channel.answer = () -> null;
        offer(10);
        delivery.start();
        Awaitility.await().atMost(PATIENCE).until(() -> channel.waiting.size() == 10);
        assertEquals(false, delivery.drain(Duration.ofMillis(50)));
        channel.waiting.forEach(then -> then.accept(FakeChannel.OK));
        assertTrue(delivery.drain(Duration.ofSeconds(10)));
        assertEquals(10, outbox.recorded.size());
    }

    @Test
    void what_is_written_as_claimed_is_sent_without_a_claim_of_its_own() {
        meetTheMerchant();
        try (Intake.Reservation reservation = delivery.reserve()) {
            reservation.begin();
            FirstClaim claim = reservation.claim("node-1", fresh(2, 11));
            assertEquals(10, claim.ids().size());
            assertEquals(10, delivery.claimed());
            reservation.depart(fresh(2, 11), Map.of(0, EPOCH));
            awaitRecorded(11);
            assertEquals(claim.token(), outbox.recorded.get(2L).claimToken());
        }
        assertEquals(11, channel.sent.size());
        assertEquals(1, outbox.claims.get(), "the first one, of a merchant that nobody knew");
        Awaitility.await().atMost(PATIENCE).until(() -> delivery.claimed() == 0 && locks.held.isEmpty());
    }

    @Test
    void no_more_is_claimed_at_first_than_its_merchant_may_have() {
        meetTheMerchant();
        try (Intake.Reservation reservation = delivery.reserve()) {
            int claimed = reservation.claim("node-1", fresh(2, 1_000)).ids().size();
            assertTrue(claimed >= 64 && claimed <= 65, () -> claimed + " of 64, and as many as it answered just now");
        }
        assertEquals(0, delivery.claimed(), "what was not written gives its place back");
    }

    @Test
    void a_transaction_that_is_run_anew_has_its_places_once() {
        meetTheMerchant();
        try (Intake.Reservation reservation = delivery.reserve()) {
            for (int run = 0; run < 3; run++) {
                reservation.begin();
                assertEquals(40, reservation.claim("node-1", fresh(2, 41)).ids().size());
                assertEquals(40, delivery.claimed());
            }
        }
    }

    /** At the head of what is due, thousands of them would be looked up again and again before anything else is. */
    @Test
    void what_a_channel_has_no_room_for_waits_behind_the_others() {
        channel.answer = () -> new Reply.Withheld("the gateway is busy");
        offer(1);
        delivery.start();
        awaitRecorded(1);
        assertEquals(
                new Next.Release(Duration.ofMillis(500)),
                outbox.recorded.get(1L).next());
    }

    @Test
    void a_switch_that_was_turned_off_while_the_transaction_lasted_is_obeyed() {
        meetTheMerchant();
        try (Intake.Reservation reservation = delivery.reserve()) {
            reservation.begin();
            reservation.claim("node-1", fresh(2, 11));
            ticker.turn(Duration.ofMillis(600));
            outbox.forbidden.add(5L);
            reservation.depart(fresh(2, 11), Map.of(0, EPOCH));
        }
        awaitRecorded(11);
        assertTrue(outbox.recorded.get(5L).next() instanceof Next.Release, "somebody else holds it");
        assertEquals(10, channel.sent.size());
        Awaitility.await().atMost(PATIENCE).until(() -> delivery.claimed() == 0 && locks.held.isEmpty());
    }

    @Test
    void what_was_claimed_long_before_it_was_committed_is_not_sent() {
        meetTheMerchant();
        try (Intake.Reservation reservation = delivery.reserve()) {
            reservation.begin();
            reservation.claim("node-1", fresh(2, 11));
            ticker.turn(Duration.ofSeconds(3));
            reservation.depart(fresh(2, 11), Map.of(0, EPOCH));
        }
        awaitRecorded(11);
        assertEquals(1, channel.sent.size());
        Awaitility.await().atMost(PATIENCE).until(() -> delivery.claimed() == 0 && locks.held.isEmpty());
    }

    @Test
    void a_shard_that_moved_after_the_commit_is_not_sent_for() {
        meetTheMerchant();
        try (Intake.Reservation reservation = delivery.reserve()) {
            reservation.begin();
            reservation.claim("node-1", fresh(2, 11));
            ownership.epoch = EPOCH + 1;
            reservation.depart(fresh(2, 11), Map.of(0, EPOCH));
        }
        awaitRecorded(11);
        assertEquals(1, channel.sent.size());
        Awaitility.await().atMost(PATIENCE).until(() -> delivery.claimed() == 0 && locks.held.isEmpty());
    }

    @Test
    void what_cannot_be_looked_at_before_it_is_sent_is_given_back() {
        meetTheMerchant();
        outbox.failAllowed = unavailable();
        try (Intake.Reservation reservation = delivery.reserve()) {
            reservation.begin();
            reservation.claim("node-1", fresh(2, 11));
            ticker.turn(Duration.ofMillis(600));
            reservation.depart(fresh(2, 11), Map.of(0, EPOCH));
        }
        awaitRecorded(11);
        assertEquals(1, channel.sent.size());
        Awaitility.await().atMost(PATIENCE).until(() -> delivery.claimed() == 0);
        outbox.failAllowed = null;
        try (Intake.Reservation reservation = delivery.reserve()) {
            reservation.begin();
            assertEquals(10, reservation.claim("node-1", fresh(2, 11)).ids().size(), "nothing of them is left here");
        }
    }

    @Test
    void what_does_not_depart_with_the_others_leaves_its_place() {
        meetTheMerchant();
        try (Intake.Reservation reservation = delivery.reserve()) {
            reservation.begin();
            reservation.claim("node-1", fresh(2, 11));
            reservation.depart(fresh(2, 4), Map.of(0, EPOCH));
        }
        awaitRecorded(4);
        Awaitility.await().atMost(PATIENCE).until(() -> delivery.claimed() == 0);
    }

    @Test
    void what_is_committed_after_the_end_is_given_back() throws Exception {
        meetTheMerchant();
        try (Intake.Reservation reservation = delivery.reserve()) {
            reservation.begin();
            reservation.claim("node-1", fresh(2, 11));
            assertFalse(delivery.drain(Duration.ofMillis(50)), "something may be written yet");
            reservation.depart(fresh(2, 11), Map.of(0, EPOCH));
        }
        assertTrue(delivery.drain(PATIENCE));
        assertEquals(11, outbox.recorded.size());
        assertEquals(1, channel.sent.size());
    }

    /** Nothing is claimed at first for a merchant whose limits are not known. */
    private void meetTheMerchant() {
        offer(1);
        delivery.start();
        awaitRecorded(1);
        Awaitility.await().atMost(PATIENCE).until(() -> delivery.claimed() == 0);
    }

    private static List<NewNotification> fresh(int from, int to) {
        return LongStream.rangeClosed(from, to)
                .mapToObj(id -> new NewNotification(id, id, 1, null, null, 1, 0, OrderState.PAID, "{}"))
                .toList();
    }

    /** @param wait none: it keeps its place */
    private void assertReleased(Duration wait) {
        outbox.recorded.values().forEach(result -> assertEquals(new Next.Release(wait), result.next()));
        Awaitility.await().atMost(PATIENCE).until(() -> delivery.claimed() == 0 && locks.held.isEmpty());
    }

    private void awaitRecorded(int count) {
        Awaitility.await().atMost(PATIENCE).until(() -> outbox.recorded.size() == count);
    }

    private void offer(int count) {
        List<DueNotification> due = LongStream.rangeClosed(1, count)
                .mapToObj(id -> new DueNotification(id, 1, 0))
                .toList();
        assertEquals(count, delivery.offer(due));
    }

    private static Map<Long, Merchant> merchants(Collection<Long> ids) {
        return ids.stream()
                .collect(Collectors.toMap(
                        Function.identity(),
                        id -> Rows.merchant(id, "5s", Rows.endpoint(id, id, "http://127.0.0.1/", "secret", 64))));
    }

    private static RuntimeException unavailable() {
        Database away = new Database(new AwayDataSource(new SQLTransientConnectionException("away")));
        try {
            away.run(tx -> {});
        } catch (DatabaseUnavailableException e) {
            return e;
        }
        throw new AssertionError("it is away");
    }

    private static final class FakeOwnership implements Ownership {

        private volatile long epoch = EPOCH;

        @Override
        public String node() {
            return "node-1";
        }

        @Override
        public Tenure begin() {
            throw new AssertionError("only the outbox needs a tenure");
        }

        @Override
        public OptionalLong epoch(int shard) {
            return OptionalLong.of(epoch);
        }
    }

    /** All may be claimed until it is locked; what is claimed is let through or not. */
    private static final class Door implements Breakers {

        private volatile boolean shut;
        /** Nothing may be claimed any more. */
        private volatile boolean locked;

        @Override
        public int allowed(long endpointId, int cap) {
            return locked ? 0 : cap;
        }

        @Override
        public @Nullable Pass pass(long merchantId, long endpointId) {
            return shut ? null : new Pass(merchantId, endpointId, 0, false);
        }

        @Override
        public void report(Pass pass, boolean success, Duration took) {}

        @Override
        public void unused(Pass pass) {}

        @Override
        public void onChange(LongConsumer merchants) {}
    }

    private static final class FakeOutbox implements Outbox {

        private final Map<Long, Long> tokens = new ConcurrentHashMap<>();
        private final Set<Long> forbidden = ConcurrentHashMap.newKeySet();
        private volatile @Nullable RuntimeException failAllowed;
        private final Map<Long, AttemptResult> recorded = new ConcurrentHashMap<>();
        private final Map<Long, String> setAside = new ConcurrentHashMap<>();
        private final AtomicInteger claims = new AtomicInteger();
        private final AtomicInteger records = new AtomicInteger();
        private volatile Runnable afterClaim = () -> {};
        private volatile @Nullable Function<List<Long>, @Nullable RuntimeException> failClaims;
        private volatile @Nullable Function<List<Long>, @Nullable RuntimeException> failRecords;

        @Override
        public Claim claim(Collection<DueNotification> wanted, long token, Duration lease) {
            claims.incrementAndGet();
            fail(failClaims, wanted.stream().map(DueNotification::id).toList());
            List<ClaimedNotification> claimed = new ArrayList<>();
            for (DueNotification due : wanted) {
                if (tokens.putIfAbsent(due.id(), token) == null) {
                    claimed.add(new ClaimedNotification(
                            due.id(), due.id(), 1, due.merchantId(), due.shard(), "PAID", "{}", 0, false));
                }
            }
            afterClaim.run();
            return new Claim(claimed, Map.of(0, EPOCH), 0);
        }

        @Override
        public Set<Long> allowed(Collection<NewNotification> claimed) {
            RuntimeException failure = failAllowed;
            if (failure != null) {
                throw failure;
            }
            return claimed.stream()
                    .map(NewNotification::id)
                    .filter(id -> !forbidden.contains(id))
                    .collect(Collectors.toSet());
        }

        @Override
        public boolean maySend(long id, long token) {
            return true;
        }

        @Override
        public Set<Long> record(List<AttemptResult> results, Map<Long, String> reasons) {
            records.incrementAndGet();
            fail(
                    failRecords,
                    results.stream().map(AttemptResult::notificationId).toList());
            Map<Long, AttemptResult> batch = new HashMap<>();
            results.forEach(result -> batch.put(result.notificationId(), result));
            setAside.putAll(reasons);
            recorded.putAll(batch);
            return Set.of();
        }

        private static void fail(@Nullable Function<List<Long>, @Nullable RuntimeException> how, List<Long> ids) {
            RuntimeException failure = how == null ? null : how.apply(ids);
            if (failure != null) {
                throw failure;
            }
        }
    }

    private static final class FakeChannel implements Channel {

        private static final Reply OK = new Reply.Answered(200, new byte[0], false, null);

        private final List<Message> sent = new CopyOnWriteArrayList<>();
        private final List<Consumer<Reply>> waiting = new CopyOnWriteArrayList<>();
        private volatile Supplier<@Nullable Reply> answer = () -> OK;
        private volatile Runnable whileConnecting = () -> {};
        private volatile @Nullable RuntimeException failure;

        @Override
        public Target target(Endpoint endpoint) {
            return new Target() {
                @Override
                public Endpoint endpoint() {
                    return endpoint;
                }

                @Override
                public void send(Message message, Supplier<@Nullable String> lastLook, Consumer<Reply> then) {
                    FakeChannel.this.send(message, lastLook, then);
                }
            };
        }

        private void send(Message message, Supplier<@Nullable String> lastLook, Consumer<Reply> then) {
            if (failure != null) {
                throw failure;
            }
            whileConnecting.run();
            String objection = lastLook.get();
            if (objection != null) {
                then.accept(new Reply.Withheld(objection));
                return;
            }
            sent.add(message);
            Reply reply = answer.get();
            if (reply == null) {
                waiting.add(then);
            } else {
                then.accept(reply);
            }
        }

        @Override
        public void close() {}
    }
}

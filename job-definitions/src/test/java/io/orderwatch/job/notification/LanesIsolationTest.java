package io.orderwatch.job.notification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.dao.notification.ClaimedNotification;
import io.orderwatch.dao.notification.DueNotification;
import io.orderwatch.dao.notification.Endpoint;
import io.orderwatch.dao.notification.Pace;
import io.orderwatch.dao.notification.Preference;
import io.orderwatch.dao.notification.Secrets;
import io.orderwatch.dao.notification.SuccessRule;
import io.orderwatch.job.TurnedTicker;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** One merchant never harms another. */
class LanesIsolationTest {

    private static final Duration FAST = Duration.ofMillis(5);
    private static final Duration LATE = Duration.ofSeconds(10);

    private final TurnedTicker ticker = new TurnedTicker();
    private final FakeBreakers breakers = new FakeBreakers();

    @Test
    void a_merchant_that_never_answered_gets_a_few_requests_and_earns_more_by_its_answers() {
        Lanes lanes = lanes(2_000, 20_000, 2_000);
        offer(lanes, 1, 1, 1_000, false);
        know(lanes, 64, 1);
        assertEquals(4, claimAll(lanes).size());
        assertEquals(4, launch(lanes, 4, FAST, true).size());
        assertEquals(12, claimAll(lanes).size(), "eight at a time, and four ahead");
    }

    @Test
    void what_does_not_come_in_time_costs_it_its_requests() {
        Lanes lanes = lanes(2_000, 20_000, 2_000);
        offer(lanes, 1, 1, 1_000, false);
        know(lanes, 64, 1);
        claimAll(lanes);
        launch(lanes, 4, LATE, false);
        assertEquals(1, claimAll(lanes).size(), "and nothing is claimed ahead, which would wait for it to hang again");
    }

    /** A common cause makes a hundred good merchants hang at once: the sockets must not all go to them. */
    @Test
    void merchants_that_begin_to_hang_all_at_once_leave_sockets_to_the_others() {
        Lanes lanes = lanes(200, 20_000, 2_000);
        for (long merchant = 1; merchant <= 100; merchant++) {
            offer(lanes, merchant, merchant * 1_000, 64, false);
            know(lanes, 64, merchant);
        }
        for (int round = 0; round < 3; round++) {
            claimAll(lanes);
            launch(lanes, 1_000, FAST, true);
        }
        for (int round = 0; round < 20; round++) {
            ticker.turn(Duration.ofSeconds(1));
            claimAll(lanes);
            drain(lanes);
        }
        assertTrue(lanes.sending() < 200, () -> "all of the sockets hang");
        offer(lanes, 500, 900_000, 1, false);
        know(lanes, 64, 500);
        assertEquals(
                List.of(900_000L),
                claimAll(lanes).stream().map(DueNotification::id).toList());
        assertEquals(1, drain(lanes).size());
    }

    @Test
    void slow_merchants_share_a_few_requests_until_they_are_fast_again() {
        Lanes lanes = lanes(100, 20_000, 2_000);
        List<Flight> sent = slowDown(lanes, 5);
        assertEquals(5, lanes.slow());
        assertEquals(Duration.ofSeconds(4), lanes.average(1));
        assertEquals(10, sent.size(), "a tenth of the node's");
        offer(lanes, 9, 900_000, 4, false);
        know(lanes, 64, 9);
        assertEquals(4, claimAll(lanes).size(), "a fast one is not concerned");

        for (int i = 0; i < 40 && lanes.slow(1); i++) {
            sent.forEach(flight -> land(lanes, flight, FAST, true));
            claimAll(lanes);
            sent = drain(lanes);
        }
        assertFalse(lanes.slow(1));
        assertTrue(lanes.average(1).compareTo(Duration.ofSeconds(3)) < 0);
    }

    @Test
    void a_fast_merchant_is_claimed_at_once_though_slow_ones_wait_for_each_other() throws Exception {
        Lanes lanes = lanes(100, 20_000, 2_000);
        offer(lanes, 9, 900_000, 1, false);
        know(lanes, 64, 9);
        claimAll(lanes);
        launch(lanes, 1, FAST, true);
        slowDown(lanes, 5);
        Waiter<Boolean> dispatcher = Waiter.in(() -> lanes.awaitWork(Duration.ofHours(1)));
        offer(lanes, 9, 900_001, 1, false);
        assertTrue(dispatcher.result());
        assertEquals(
                List.of(900_001L),
                claimAll(lanes).stream().map(DueNotification::id).toList());
    }

    @Test
    void the_answer_that_makes_a_merchant_fast_again_has_more_of_it_claimed() throws Exception {
        Lanes lanes = lanes(100, 20_000, 2_000);
        List<Flight> sent = new ArrayList<>(slowDown(lanes, 1));
        while (lanes.average(1).compareTo(Duration.ofMillis(2_790)) > 0) {
            land(lanes, sent.remove(0), FAST, true);
            claimAll(lanes);
            sent.addAll(drain(lanes));
        }
        assertTrue(lanes.slow(1), "until its average is less than nine tenths of three seconds");
        Waiter<Boolean> dispatcher = Waiter.in(() -> lanes.awaitWork(Duration.ofHours(1)));
        land(lanes, sent.remove(0), FAST, true);
        assertFalse(lanes.slow(1));
        assertTrue(dispatcher.result());
        assertFalse(claimAll(lanes).isEmpty());
    }

    @Test
    void slow_merchants_are_called_when_a_breaker_gives_requests_of_another_back() throws Exception {
        assertSlowOnesAreCalledAfter(lanes -> {
            breakers.open(10, 1);
            lanes.reconsider(1);
        });
    }

    @Test
    void slow_merchants_are_called_when_a_lost_shard_gives_requests_back() throws Exception {
        assertSlowOnesAreCalledAfter(lanes -> lanes.drop(List.of(0)));
    }

    private void assertSlowOnesAreCalledAfter(Consumer<Lanes> change) throws Exception {
        Lanes lanes = lanes(100, 20_000, 2_000);
        List<Flight> sent = slowDown(lanes, 2);
        sent.forEach(flight -> land(lanes, flight, Duration.ofSeconds(4), true));
        lanes.offer(List.of(new DueNotification(900_000, 2, 1, false)));
        assertEquals(10, claimAll(lanes).size(), "claimed, and on no socket yet");
        Waiter<Boolean> dispatcher = Waiter.in(() -> lanes.awaitWork(Duration.ofHours(1)));
        change.accept(lanes);
        assertTrue(dispatcher.result());
    }

    @Test
    void an_open_breaker_hands_back_what_is_claimed_and_forgets_what_waits() {
        Lanes lanes = lanes(200, 20_000, 2_000);
        offer(lanes, 1, 1, 10, false);
        know(lanes, 64, 1);
        claimAll(lanes);
        lanes.next();
        lanes.next();
        breakers.open(10, 1);
        assertEquals(2, lanes.reconsider(1).size(), "claimed, and not on a socket yet");
        assertEquals(0, lanes.queued());
        assertTrue(lanes.crowded(1));
        assertTrue(lanes.broken(1));
        assertEquals(0, lanes.wanted(1));
        List<DueNotification> more = due(1, 100, 3, false);
        assertEquals(new Lanes.Offered(0, 3, more), lanes.offer(more));

        breakers.probe(10);
        lanes.reconsider(1);
        assertEquals(3, lanes.offer(more).accepted());
        assertEquals(0, claimAll(lanes).size(), "two are on their way, and it may have one");
    }

    @Test
    void what_is_claimed_while_its_breaker_opens_is_handed_back() {
        Lanes lanes = lanes(200, 20_000, 2_000);
        offer(lanes, 1, 1, 2, false);
        offer(lanes, 2, 101, 1, false);
        know(lanes, 64, 1);
        know(lanes, 64, 2);
        List<DueNotification> batch = lanes.take();
        breakers.open(10, 1);
        assertEquals(List.of(), lanes.reconsider(1), "nothing of it is claimed yet");
        List<Flight> flights = batch.stream().map(LanesIsolationTest::flight).toList();
        List<Flight> back = lanes.claimed(batch, flights, Set.of());
        assertEquals(List.of(1L, 1L), back.stream().map(Flight::merchantId).toList());
        assertEquals(List.of(2L), drain(lanes).stream().map(Flight::merchantId).toList());
        assertEquals(3, lanes.claimed(), "until their release is written");
        lanes.recorded(back.stream().map(Flight::id).toList(), List.of(1L));
        assertEquals(1, lanes.claimed());
    }

    /** What was claimed when it had more waits for a socket, though nobody takes it back. */
    @Test
    void what_is_claimed_is_sent_no_faster_than_its_merchant_may_have_it_now() {
        Lanes lanes = lanes(200, 20_000, 2_000);
        know(lanes, 64, 1);
        offer(lanes, 1, 0, 100, false);
        know(lanes, 64, 1);
        claimAll(lanes);
        List<Flight> sent = drain(lanes);
        for (int round = 0; sent.size() < 20; round++) {
            sent.forEach(flight -> land(lanes, flight, Duration.ofMillis(5), true));
            claimAll(lanes);
            sent = drain(lanes);
        }
        know(lanes, 2, 1);
        sent.forEach(flight -> land(lanes, flight, Duration.ofMillis(5), true));
        assertEquals(2, drain(lanes).size(), "two at a time, however many are claimed");
        know(lanes, 64, 1);
        assertTrue(drain(lanes).size() > 2, "and more were claimed");
    }

    @Test
    void with_all_sockets_taken_and_no_answer_nothing_more_is_claimed() {
        Lanes lanes = lanes(8, 20_000, 2_000);
        for (long merchant = 1; merchant <= 20; merchant++) {
            offer(lanes, merchant, merchant * 1_000, 4, false);
            know(lanes, 64, merchant);
        }
        List<Flight> sent = new ArrayList<>();
        for (int round = 0; round < 8 && sent.size() < 8; round++) {
            claimAll(lanes);
            sent.addAll(drain(lanes));
        }
        assertEquals(8, sent.size());
        lanes.overdue();
        claimAll(lanes);
        int claimed = lanes.claimed();
        offer(lanes, 21, 21_000, 4, false);
        know(lanes, 64, 21);
        ticker.turn(Duration.ofSeconds(1));
        assertEquals(List.of(), claimAll(lanes), claimed + " are claimed already, and would wait");
        land(lanes, sent.get(0), Duration.ofSeconds(1), true);
        assertEquals(1, drain(lanes).size());
        assertTrue(claimAll(lanes).size() > 0, "answers come again");
    }

    @Test
    void who_comes_back_from_an_open_breaker_earns_its_requests_anew() {
        Lanes lanes = lanes(200, 20_000, 2_000);
        offer(lanes, 1, 0, 200, false);
        know(lanes, 64, 1);
        for (int round = 0; round < 5; round++) {
            claimAll(lanes);
            launch(lanes, 10, Duration.ofMillis(5), true);
        }
        claimAll(lanes);
        List<Flight> open = drain(lanes);
        assertTrue(open.size() > 20, "it has earned some: " + open.size());
        // it answers, and refuses
        open.forEach(flight -> land(lanes, flight, Duration.ofMillis(5), true));
        breakers.open(10, 1);
        lanes.reconsider(1).forEach(flight -> lanes.recorded(List.of(flight.id()), List.of(1L)));
        breakers.close(10);
        lanes.reconsider(1);
        ticker.turn(Duration.ofMinutes(5));
        offer(lanes, 1, 1_000, 200, false);
        assertTrue(claimAll(lanes).size() <= 4, "as if it had never answered");
    }

    @Test
    void a_probe_is_one_request() {
        Lanes lanes = lanes(200, 20_000, 2_000);
        offer(lanes, 1, 1, 1, false);
        know(lanes, 64, 1);
        claimAll(lanes);
        launch(lanes, 1, FAST, true);
        breakers.open(10, 1);
        lanes.reconsider(1);
        breakers.probe(10);
        lanes.reconsider(1);
        offer(lanes, 1, 100, 10, false);
        assertEquals(1, claimAll(lanes).size());
        breakers.close(10);
        lanes.reconsider(1);
        assertTrue(claimAll(lanes).size() > 1);
    }

    @Test
    void first_tries_and_retries_of_a_merchant_take_turns() {
        Lanes lanes = lanes(200, 20_000, 2_000);
        offer(lanes, 1, 1, 100, true);
        offer(lanes, 1, 1_001, 100, false);
        know(lanes, 64, 1);
        assertEquals(
                Map.of(true, 2L, false, 2L),
                claimAll(lanes).stream()
                        .collect(Collectors.partitioningBy(DueNotification::again, Collectors.counting())));
    }

    @Test
    void retries_leave_room_to_first_tries() {
        Lanes lanes = lanes(200, 100, 100);
        for (long merchant = 1; merchant <= 75; merchant++) {
            offer(lanes, merchant, merchant * 1_000, 1, true);
        }
        assertEquals(0, lanes.room());
        offer(lanes, 80, 80_000, 1, false);
        assertEquals(76, lanes.queued());
    }

    @Test
    void where_all_is_full_the_longest_queue_gives_way_to_a_short_one() {
        Lanes lanes = lanes(200, 1_000, 900);
        offer(lanes, 1, 1_000, 900, false);
        offer(lanes, 2, 2_000, 100, false);
        List<DueNotification> one = due(3, 3_000, 1, false);
        assertEquals(new Lanes.Offered(1, 0, List.of()), lanes.offer(one));
        assertEquals(551, lanes.queued());
        assertEquals(450, lanes.queued(1));
        assertTrue(lanes.crowded(1));
        assertEquals(1, lanes.offer(due(1, 1_899, 1, false)).accepted(), "what gave way is taken in again some time");
    }

    @Test
    void a_rate_is_kept_and_a_rest_gives_a_burst() throws Exception {
        Lanes lanes = new Lanes(settings(200, 20_000, 2_000), breakers, () -> 0.5, ticker);
        offer(lanes, 1, 1, 1_000, false);
        lanes.limits(Map.of(1L, recipient(1, 64, new Pace(64, BigDecimal.valueOf(20), 10))));
        int sent = 0;
        for (int second = 0; second < 5; second++) {
            for (int tenth = 0; tenth < 10; tenth++) {
                List<DueNotification> batch = claimAll(lanes);
                sent += batch.size();
                launch(lanes, batch.size(), FAST, true);
                ticker.turn(Duration.ofMillis(100));
                assertTrue(lanes.awaitWork(Duration.ZERO), "it has its next token by itself");
            }
        }
        assertTrue(sent >= 50 && sent <= 55, "half of 20 a second and of a burst of 10 in 5 s: " + sent);
    }

    private static void offer(Lanes lanes, long merchant, long from, int count, boolean again) {
        lanes.offer(due(merchant, from, count, again));
    }

    private static List<DueNotification> due(long merchant, long from, int count, boolean again) {
        return LongStream.range(from, from + count)
                .mapToObj(id -> new DueNotification(id, merchant, 0, again))
                .toList();
    }

    /** Claims whatever may be claimed. */
    private static List<DueNotification> claimAll(Lanes lanes) {
        List<DueNotification> all = new ArrayList<>();
        for (List<DueNotification> batch = lanes.take(); !batch.isEmpty(); batch = lanes.take()) {
            lanes.claimed(batch, batch.stream().map(LanesIsolationTest::flight).toList(), Set.of());
            all.addAll(batch);
        }
        return all;
    }

    private static List<Flight> launch(Lanes lanes, int most, Duration took, boolean inTime) {
        List<Flight> done = new ArrayList<>();
        while (done.size() < most) {
            Flight flight = lanes.next();
            if (flight == null) {
                return done;
            }
            land(lanes, flight, took, inTime);
            done.add(flight);
        }
        return done;
    }

    /** Merchants become slow: they have as many requests under way as they may, and much more to do. */
    private List<Flight> slowDown(Lanes lanes, int merchants) {
        for (long merchant = 1; merchant <= merchants; merchant++) {
            offer(lanes, merchant, merchant * 10_000, 1_000, false);
            know(lanes, 64, merchant);
            for (int i = 0; i < 3; i++) {
                claimAll(lanes);
                launch(lanes, 1_000, Duration.ofSeconds(4), true);
            }
        }
        ticker.turn(Duration.ofSeconds(1));
        claimAll(lanes);
        return drain(lanes);
    }

    private static void land(Lanes lanes, Flight flight, Duration took, boolean inTime) {
        lanes.landed(flight, took, inTime);
        lanes.recorded(List.of(flight.id()), List.of(flight.merchantId()));
    }

    private static List<Flight> drain(Lanes lanes) {
        List<Flight> sent = new ArrayList<>();
        for (Flight flight = lanes.next(); flight != null; flight = lanes.next()) {
            sent.add(flight);
        }
        return sent;
    }

    private Lanes lanes(int maxInFlight, int queue, int perMerchant) {
        return new Lanes(settings(maxInFlight, queue, perMerchant), breakers, () -> 1, ticker);
    }

    private static DeliverySettings settings(int maxInFlight, int queue, int perMerchant) {
        return new DeliverySettings(
                maxInFlight,
                800,
                queue,
                perMerchant,
                500,
                Duration.ofMillis(5),
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                Isolation.defaults());
    }

    private static void know(Lanes lanes, int limit, long merchant) {
        lanes.limits(Map.of(merchant, recipient(merchant, limit, Pace.atATime(limit))));
    }

    private static Recipient.Reachable recipient(long merchant, int limit, Pace pace) {
        Endpoint endpoint = new Endpoint(
                merchant * 10,
                merchant,
                Endpoint.HTTP,
                "http://127.0.0.1/",
                new Secrets("secret", null),
                Preference.USUAL,
                pace,
                Set.of());
        return new Recipient.Reachable(
                Rows.merchant(merchant, endpoint),
                new Route(List.of(Rows.target(endpoint))),
                Acceptance.of(SuccessRule.ANY_2XX),
                RetryPreset.DEFAULT.plan(),
                limit);
    }

    private static Flight flight(DueNotification due) {
        ClaimedNotification claimed =
                new ClaimedNotification(due.id(), due.id(), 1, due.merchantId(), due.shard(), "PAID", "{}", 0, false);
        return new Flight(
                claimed, recipient(due.merchantId(), 64, Pace.atATime(64)), 1, 1, Long.MAX_VALUE, Long.MAX_VALUE);
    }
}

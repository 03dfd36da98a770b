package io.orderwatch.job.notification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.dao.notification.ClaimedNotification;
import io.orderwatch.dao.notification.DueNotification;
import io.orderwatch.dao.notification.Endpoint;
import io.orderwatch.dao.notification.SuccessRule;
import io.orderwatch.job.TurnedTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LanesTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration FAST = Duration.ofMillis(1);
    /** Merchants may have as many requests as their rows say from the first. */
    private static final Isolation TRUSTING = new Isolation(100_000, Duration.ofSeconds(3), 10, Duration.ofMinutes(1));

    /** A claim that waits for company waits for longer than any test. */
    private static final DeliverySettings PATIENT = new DeliverySettings(
            10, 20, 20_000, 2_000, 500, Duration.ofHours(1), Duration.ofSeconds(10), Duration.ofSeconds(5), TRUSTING);

    private final TurnedTicker ticker = new TurnedTicker();

    @Test
    void merchants_take_turns_however_much_each_has() {
        Lanes lanes = lanes(200, 800, 20_000, 2_000, 30);
        lanes.offer(due(1, 1, 1_000));
        lanes.offer(due(2, 2_001, 5));
        lanes.offer(due(3, 3_001, 100));
        know(lanes, 64, 1, 2, 3);
        assertEquals(Map.of(1L, 13L, 2L, 5L, 3L, 12L), counts(lanes.take()));
    }

    @Test
    void ids_come_in_the_order_in_which_they_were_offered() {
        Lanes lanes = lanes(200, 800, 20_000, 2_000, 10);
        lanes.offer(due(1, 1, 20));
        know(lanes, 64, 1);
        assertEquals(
                LongStream.rangeClosed(1, 10).boxed().toList(),
                lanes.take().stream().map(DueNotification::id).toList());
    }

    @Test
    void what_is_claimed_as_it_is_written_waits_behind_what_is_queued() {
        Lanes lanes = lanes(200, 0, 20_000, 2_000, 50);
        assertEquals(List.of(), lanes.board(due(1, 1, 10)), "nobody knows the merchant");
        lanes.offer(due(1, 1, 150));
        know(lanes, 200, 1);
        assertEquals(List.of(), lanes.board(due(1, 1_001, 10)), "its own come first");
        lanes.offer(due(2, 2_001, 1));
        know(lanes, 200, 2);
        assertTrue(lanes.take().stream().anyMatch(one -> one.merchantId() == 2));
        assertEquals(49, lanes.board(due(2, 2_101, 100)).size(), "101 of the other wait for 150 sockets");
        assertEquals(List.of(), lanes.board(due(2, 2_301, 1)), "all sockets are spoken for");
    }

    @Test
    void what_waits_for_a_merchant_that_has_no_room_costs_the_others_no_place() {
        Lanes lanes = lanes(200, 0, 20_000, 2_000, 50);
        lanes.offer(due(1, 1, 1_000));
        lanes.offer(due(2, 2_001, 1));
        know(lanes, 3, 1);
        know(lanes, 64, 2);
        lanes.claimed(lanes.take(), List.of(), Set.of());
        List<DueNotification> three = lanes.take();
        assertEquals(Map.of(1L, 3L), counts(three), "as many as it may have; 994 wait for their answers");
        assertEquals(64, lanes.board(due(2, 2_101, 100)).size());
    }

    @Test
    void places_that_were_not_used_are_free_again() {
        Lanes lanes = lanes(200, 0, 20_000, 2_000, 50);
        lanes.offer(due(1, 1, 1));
        know(lanes, 10, 1);
        lanes.claimed(lanes.take(), List.of(), Set.of());
        for (int i = 0; i < 3; i++) {
            List<DueNotification> places = lanes.board(due(1, 101, 20));
            assertEquals(10, places.size(), "as many as its row says");
            assertEquals(List.of(), lanes.board(due(1, 101, 20)));
            lanes.leave(places);
        }
        assertEquals(0, lanes.claimed());
    }

    @Test
    void who_writes_waits_for_places_as_long_as_answers_come_in() throws Exception {
        Lanes lanes = lanes(10, 20, 20_000, 2_000, 500);
        assertEquals(30, lanes.awaitPlaces(30, PATIENCE), "nothing is under way");
        answer(lanes, 1, 500);
        lanes.offer(due(1, 1, 30));
        List<DueNotification> batch = lanes.take();
        lanes.claimed(batch, flights(batch), Set.of());
        List<Flight> sent = launch(lanes);
        sent.forEach(flight -> lanes.landed(flight, FAST, true));
        Waiter<Integer> scan = Waiter.in(() -> lanes.awaitPlaces(10, Duration.ofHours(1)));
        lanes.recorded(sent.stream().map(Flight::id).toList(), List.of(1L));
        assertEquals(10, scan.result());
    }

    @Test
    void who_writes_waits_for_the_first_answers_too() throws Exception {
        Lanes lanes = lanes(10, 20, 20_000, 2_000, 500);
        answer(lanes, 1, 500);
        ticker.turn(Duration.ofSeconds(1));
        lanes.offer(due(1, 1, 30));
        List<DueNotification> batch = lanes.take();
        Waiter<Integer> scan = Waiter.in(() -> lanes.awaitPlaces(30, Duration.ofHours(1)));
        lanes.giveBack(batch);
        lanes.close();
        assertEquals(0, scan.result(), "closed");
    }

    @Test
    void who_writes_has_places_with_the_first_answer() throws Exception {
        Lanes lanes = lanes(2, 20, 20_000, 2_000, 500);
        List<Flight> sent = fill(lanes);
        Waiter<Integer> scan = Waiter.in(() -> lanes.awaitPlaces(20, Duration.ofHours(1)));
        lanes.landed(sent.get(0), FAST, true);
        assertEquals(20, scan.result());
    }

    @Test
    void more_is_claimed_with_the_first_answer() throws Exception {
        assertClaimsMoreAfter((lanes, sent) -> lanes.landed(sent, FAST, true));
    }

    @Test
    void more_is_claimed_when_a_request_runs_out_of_time() throws Exception {
        assertClaimsMoreAfter((lanes, sent) -> lanes.landed(sent, Duration.ofSeconds(10), false));
    }

    @Test
    void more_is_claimed_when_a_request_was_not_made_after_all() throws Exception {
        assertClaimsMoreAfter(Lanes::withheld);
    }

    private void assertClaimsMoreAfter(BiConsumer<Lanes, Flight> landing) throws Exception {
        Lanes lanes = lanes(2, 20, 20_000, 2_000, 500);
        List<Flight> sent = fill(lanes);
        lanes.offer(due(3, 201, 1));
        know(lanes, 10, 3);
        Waiter<Boolean> dispatcher = Waiter.in(() -> lanes.awaitWork(Duration.ofHours(1)));
        landing.accept(lanes, sent.get(0));
        assertTrue(dispatcher.result());
        assertEquals(1, lanes.take().size());
    }

    @Test
    void what_is_overdue_makes_room_for_what_it_kept_from_its_turn() {
        Lanes lanes = lanes(1, 100, 20_000, 2_000, 4);
        lanes.offer(due(1, 0, 4));
        know(lanes, 2, 1);
        List<DueNotification> batch = lanes.take();
        lanes.claimed(batch, flights(batch, ticker.nanos()), Set.of());
        assertEquals(List.of(), lanes.take(), "its two requests are spoken for");
        ticker.turn(Duration.ofMillis(1));
        assertEquals(2, lanes.overdue().size());
        assertEquals(2, lanes.take().size());
    }

    @Test
    void nothing_is_claimed_any_more_when_the_last_claim_failed() throws Exception {
        Lanes lanes = lanes(10, 20, 20_000, 2_000, 500);
        lanes.offer(due(1, 1, 1));
        know(lanes, 10, 1);
        List<DueNotification> batch = lanes.take();
        Waiter<Boolean> drain = Waiter.in(() -> lanes.awaitEmpty(Duration.ofHours(1)));
        lanes.giveBack(batch);
        assertTrue(drain.result());
    }

    @Test
    void a_claim_does_not_wait_for_the_company_of_what_hangs() throws Exception {
        Lanes lanes = lanes(PATIENT);
        answer(lanes, 1, 500);
        send(lanes, due(1, 1, 3));
        ticker.turn(Duration.ofSeconds(1));
        know(lanes, 10, 2);
        lanes.offer(due(2, 101, 1));
        know(lanes, 10, 2);
        assertWorksAtOnce(lanes);
    }

    @Test
    void a_claim_does_not_wait_for_what_hangs_beside_those_that_answer() throws Exception {
        Lanes lanes = lanes(PATIENT);
        answer(lanes, 1, 500);
        send(lanes, due(1, 1, 3));
        ticker.turn(Duration.ofSeconds(1));
        answer(lanes, 2, 500);
        lanes.offer(due(2, 101, 1));
        assertWorksAtOnce(lanes);
    }

    @Test
    void a_claim_does_not_wait_for_what_was_claimed_ahead_for_who_hangs_now() throws Exception {
        Lanes lanes = lanes(PATIENT);
        answer(lanes, 1, 2);
        send(lanes, due(1, 1, 3));
        assertEquals(3, lanes.claimed());
        assertEquals(2, lanes.sending(), "the third waits for one of its two requests to end");
        ticker.turn(Duration.ofSeconds(1));
        answer(lanes, 2, 500);
        lanes.offer(due(2, 101, 1));
        assertWorksAtOnce(lanes);
    }

    @Test
    void a_claim_does_not_wait_for_a_merchant_that_never_answered() throws Exception {
        Lanes lanes = lanes(PATIENT);
        answer(lanes, 2, 500);
        lanes.offer(due(1, 1, 3));
        know(lanes, 500, 1);
        send(lanes, List.of());
        lanes.offer(due(2, 101, 1));
        assertWorksAtOnce(lanes);
    }

    @Test
    void a_claim_waits_for_the_company_of_what_was_just_sent_to_who_answers() throws Exception {
        Lanes lanes = lanes(PATIENT);
        answer(lanes, 2, 500);
        lanes.offer(due(2, 101, 1));
        assertWorksAtOnce(lanes);
        send(lanes, List.of());
        lanes.offer(due(2, 201, 1));
        Waiter<Boolean> dispatcher = Waiter.in(() -> lanes.awaitWork(Duration.ofHours(1)));
        lanes.close();
        assertFalse(dispatcher.result(), "till all was closed");
    }

    @Test
    void who_writes_does_not_wait_for_merchants_that_hang() throws Exception {
        Lanes lanes = lanes(10, 20, 20_000, 2_000, 500);
        answer(lanes, 1, 500);
        lanes.offer(due(1, 1, 30));
        List<DueNotification> batch = lanes.take();
        lanes.claimed(batch, flights(batch), Set.of());
        launch(lanes);
        ticker.turn(Duration.ofSeconds(1));
        assertTimeoutPreemptively(PATIENCE, () -> assertEquals(0, lanes.awaitPlaces(10, Duration.ofHours(1))));
    }

    @Test
    void a_request_that_ran_out_of_time_is_no_answer_to_wait_for_more_of() throws Exception {
        Lanes lanes = lanes(10, 20, 20_000, 2_000, 500);
        answer(lanes, 1, 500);
        lanes.offer(due(1, 1, 30));
        List<DueNotification> batch = lanes.take();
        List<Flight> flights = flights(batch);
        lanes.claimed(batch, flights, Set.of());
        launch(lanes);
        ticker.turn(Duration.ofSeconds(10));
        lanes.landed(flights.get(0), Duration.ofSeconds(10), false);
        assertTimeoutPreemptively(PATIENCE, () -> assertEquals(0, lanes.awaitPlaces(10, Duration.ofHours(1))));
    }

    @Test
    void nothing_is_taken_for_a_merchant_whose_limit_is_not_known() {
        Lanes lanes = lanes(200, 800, 20_000, 2_000, 10);
        lanes.offer(due(7, 1, 20));
        assertEquals(List.of(7L), lanes.strangers(10));
        assertEquals(List.of(), lanes.take());
        know(lanes, 64, 7);
        assertEquals(List.of(), lanes.strangers(10));
        assertEquals(10, lanes.take().size());
    }

    @Test
    void an_id_that_is_anywhere_here_is_not_taken_in_again() {
        Lanes lanes = lanes(200, 800, 20_000, 2_000, 10);
        List<DueNotification> one = due(1, 42, 1);
        know(lanes, 64, 1);
        assertEquals(new Lanes.Offered(1, 0, List.of()), lanes.offer(one));
        know(lanes, 64, 1);
        assertEquals(new Lanes.Offered(0, 0, List.of()), lanes.offer(one), "queued");
        List<DueNotification> batch = lanes.take();
        assertEquals(new Lanes.Offered(0, 0, List.of()), lanes.offer(one), "being claimed");
        lanes.claimed(batch, flights(one.subList(0, 1)), Set.of());
        assertEquals(new Lanes.Offered(0, 0, List.of()), lanes.offer(one), "ready");
        Flight flight = lanes.next();
        assertNotNull(flight);
        assertEquals(new Lanes.Offered(0, 0, List.of()), lanes.offer(one), "on its way");
        lanes.landed(flight, FAST, true);
        assertEquals(new Lanes.Offered(0, 0, List.of()), lanes.offer(one), "being recorded");
        lanes.recorded(List.of(42L), List.of(1L));
        assertEquals(new Lanes.Offered(1, 0, List.of()), lanes.offer(one), "through");
    }

    @Test
    void what_was_not_claimed_is_forgotten() {
        Lanes lanes = lanes(200, 800, 20_000, 2_000, 10);
        List<DueNotification> two = due(1, 1, 2);
        lanes.offer(two);
        know(lanes, 64, 1);
        lanes.claimed(lanes.take(), flights(two.subList(0, 1)), Set.of());
        assertEquals(1, lanes.claimed());
        assertEquals(new Lanes.Offered(1, 0, List.of()), lanes.offer(two));
    }

    @Test
    void a_queue_that_is_full_refuses_until_it_is_down_to_a_quarter() throws Exception {
        Lanes lanes = lanes(200, 800, 20_000, 100, 10);
        know(lanes, 1_000, 1);
        assertEquals(new Lanes.Offered(100, 20, due(1, 101, 20)), lanes.offer(due(1, 1, 120)));
        know(lanes, 1_000, 1);
        assertTrue(lanes.crowded(1));
        assertEquals(new Lanes.Offered(50, 0, List.of()), lanes.offer(due(2, 1_001, 50)), "others have room");
        for (int i = 0; i < 7; i++) {
            lanes.take();
        }
        assertTrue(lanes.crowded(1));
        lanes.take();
        assertFalse(lanes.crowded(1));
        assertTrue(lanes.awaitRoom(1_000, Duration.ZERO));
    }

    @Test
    void all_queues_together_have_a_bound() {
        Lanes lanes = lanes(200, 800, 100, 60, 10);
        assertEquals(new Lanes.Offered(60, 0, List.of()), lanes.offer(due(1, 1, 60)));
        assertEquals(15, lanes.room(), "what is left belongs to first tries");
        assertEquals(new Lanes.Offered(40, 10, List.of()), lanes.offer(due(2, 101, 50)));
        assertEquals(100, lanes.queued());
        assertEquals(0, lanes.room());
        know(lanes, 1_000, 1, 2);
        for (int i = 0; i < 7; i++) {
            lanes.take();
            assertEquals(0, lanes.room(), "no room before it is worth a look-up");
        }
        lanes.take();
        assertEquals(55, lanes.room());
    }

    @Test
    void a_merchant_that_hangs_has_no_more_claimed_than_it_has_sockets() {
        Lanes lanes = lanes(200, 800, 20_000, 2_000, 500);
        lanes.offer(due(1, 1, 1_000));
        know(lanes, 5, 1);
        List<DueNotification> batch = lanes.take();
        assertEquals(5, batch.size());
        lanes.claimed(batch, flights(batch), Set.of());
        assertEquals(5, launch(lanes).size());
        ticker.turn(Duration.ofSeconds(5));
        assertEquals(List.of(), lanes.take());
    }

    @Test
    void a_merchant_that_answers_fast_has_as_many_claimed_ahead_as_it_answered_just_now() {
        Lanes lanes = lanes(200, 800, 20_000, 2_000, 500);
        lanes.offer(due(1, 1, 1_000));
        know(lanes, 5, 1);
        for (int round = 0; round < 4; round++) {
            List<DueNotification> batch = lanes.take();
            lanes.claimed(batch, flights(batch), Set.of());
            List<Flight> sent = launch(lanes);
            while (!sent.isEmpty()) {
                sent.forEach(flight -> lanes.landed(flight, FAST, true));
                lanes.recorded(sent.stream().map(Flight::id).toList(), List.of(1L));
                sent = launch(lanes);
            }
        }
        assertTrue(lanes.take().size() > 40, "it has room for what it answers meanwhile");
        ticker.turn(Duration.ofSeconds(1));
        assertEquals(0, lanes.take().size(), "and none when it falls silent");
    }

    @Test
    void sockets_are_bounded_in_all_and_per_merchant_and_merchants_take_turns() {
        Lanes lanes = lanes(10, 800, 20_000, 2_000, 500);
        LongStream.rangeClosed(1, 3).forEach(merchant -> answer(lanes, merchant, 4));
        lanes.offer(due(1, 1, 100));
        lanes.offer(due(2, 101, 100));
        lanes.offer(due(3, 201, 100));
        know(lanes, 4, 1, 2, 3);
        List<DueNotification> batch = lanes.take();
        lanes.claimed(batch, flights(batch), Set.of());
        List<Flight> sent = launch(lanes);
        assertEquals(Map.of(1L, 4L, 2L, 3L, 3L, 3L), countsOf(sent));
        assertEquals(10, lanes.sending());
        assertNull(lanes.next());
        lanes.landed(sent.get(0), FAST, true);
        assertNotNull(lanes.next(), "a socket is free at once, before its result is written");
        assertNull(lanes.next());
    }

    @Test
    void what_is_claimed_and_not_recorded_is_bounded() {
        Lanes lanes = lanes(10, 20, 20_000, 2_000, 500);
        answer(lanes, 1, 500);
        lanes.offer(due(1, 1, 1_000));
        know(lanes, 500, 1);
        List<DueNotification> batch = lanes.take();
        assertEquals(30, batch.size());
        lanes.claimed(batch, flights(batch), Set.of());
        List<Flight> all = new ArrayList<>();
        for (List<Flight> sent = launch(lanes); !sent.isEmpty(); sent = launch(lanes)) {
            all.addAll(sent);
            sent.forEach(flight -> lanes.landed(flight, FAST, true));
        }
        assertEquals(30, all.size());
        assertEquals(List.of(), lanes.take(), "their results are not written");
        lanes.recorded(all.subList(0, 12).stream().map(Flight::id).toList(), List.of(1L));
        assertEquals(12, lanes.take().size());
    }

    @Test
    void what_is_given_back_comes_first_again() {
        Lanes lanes = lanes(10, 20, 20_000, 2_000, 3);
        lanes.offer(due(1, 1, 10));
        know(lanes, 64, 1);
        List<DueNotification> first = lanes.take();
        lanes.giveBack(first);
        assertEquals(10, lanes.queued());
        assertEquals(0, lanes.claimed());
        assertEquals(first, lanes.take());
    }

    @Test
    void lost_shards_are_forgotten_and_what_was_claimed_of_them_comes_back() {
        Lanes lanes = lanes(1, 100, 20_000, 2_000, 4);
        answer(lanes, 1, 64);
        lanes.offer(due(1, 0, 40));
        know(lanes, 64, 1);
        List<DueNotification> batch = lanes.take();
        lanes.claimed(batch, flights(batch), Set.of());
        Flight sent = lanes.next();
        assertEquals(0, sent.id());
        List<Flight> back = lanes.drop(List.of(1));
        assertEquals(List.of(1L, 3L), back.stream().map(Flight::id).toList());
        assertEquals(18, lanes.queued());
        assertEquals(4, lanes.claimed(), "until their release is written");
        assertEquals(
                Set.of(0), lanes.take().stream().map(DueNotification::shard).collect(Collectors.toSet()));
    }

    @Test
    void lost_shards_make_room_for_what_they_kept_from_its_turn() {
        Lanes lanes = lanes(1, 100, 20_000, 2_000, 4);
        lanes.offer(due(1, 0, 4));
        know(lanes, 2, 1);
        List<DueNotification> batch = lanes.take();
        assertEquals(2, batch.size());
        lanes.claimed(batch, flights(batch), Set.of());
        assertEquals(List.of(), lanes.take(), "its two requests are spoken for");
        assertEquals(1, lanes.drop(List.of(1)).size());
        assertEquals(List.of(2L), lanes.take().stream().map(DueNotification::id).toList());
    }

    @Test
    void after_closing_nothing_goes_in_or_out_but_what_is_on_its_way() throws Exception {
        Lanes lanes = lanes(1, 100, 20_000, 2_000, 4);
        answer(lanes, 1, 64);
        lanes.offer(due(1, 0, 40));
        know(lanes, 64, 1);
        List<DueNotification> batch = lanes.take();
        lanes.claimed(batch, flights(batch), Set.of());
        Flight sent = lanes.next();
        lanes.close();
        assertEquals(List.of(), lanes.take());
        assertEquals(0, lanes.offer(due(1, 100, 1)).accepted());
        assertFalse(lanes.awaitWork(Duration.ZERO));
        List<Flight> back = lanes.withdraw();
        assertEquals(3, back.size());
        assertFalse(lanes.awaitEmpty(Duration.ZERO));
        lanes.landed(sent, FAST, true);
        lanes.recorded(List.of(0L, 1L, 2L, 3L), List.of(1L));
        assertTrue(lanes.awaitEmpty(Duration.ZERO));
    }

    @Test
    void a_small_batch_waits_a_moment_only_while_others_are_under_way() throws Exception {
        Lanes lanes = new Lanes(
                settings(10, 100, 1_000, 1_000, 100), Breakers.none(), () -> 1, io.orderwatch.job.Ticker.system());
        lanes.offer(due(1, 1, 1));
        know(lanes, 64, 1);
        long before = System.nanoTime();
        assertTrue(lanes.awaitWork(Duration.ofSeconds(5)));
        assertTrue(System.nanoTime() - before < Duration.ofMillis(500).toNanos());
        assertEquals(1, lanes.take().size());
        assertFalse(lanes.awaitWork(Duration.ofMillis(1)), "nothing more");
    }

    /** Whatever happens in whatever order, the figures add up and nothing is in two places or lost. */
    @Test
    void random_walks_keep_the_books() throws Exception {
        for (long seed = 0; seed < 50; seed++) {
            walk(seed);
        }
    }

    private void walk(long seed) throws Exception {
        Random random = new Random(seed);
        Lanes lanes = lanes(5, 10, 60, 25, 7);
        List<List<DueNotification>> claiming = new ArrayList<>();
        List<Flight> sending = new ArrayList<>();
        List<Flight> landed = new ArrayList<>();
        Set<Long> inside = new HashSet<>();
        Set<Long> underWay = new HashSet<>();
        for (int step = 0; step < 2_000; step++) {
            switch (random.nextInt(7)) {
                case 0 -> {
                    long merchant = 1 + random.nextInt(4);
                    DueNotification one = due(merchant, merchant * 1_000 + random.nextInt(60), 1)
                            .get(0);
                    boolean taken = lanes.offer(List.of(one)).accepted() == 1;
                    assertFalse(taken && inside.contains(one.id()), "an id is taken in once");
                    if (taken) {
                        inside.add(one.id());
                    }
                }
                case 1 -> know(lanes, 1 + random.nextInt(3), 1 + random.nextInt(4));
                case 2 -> {
                    List<DueNotification> batch = lanes.take();
                    assertTrue(batch.stream().allMatch(one -> underWay.add(one.id())), "nothing is claimed twice");
                    if (!batch.isEmpty()) {
                        claiming.add(batch);
                    }
                }
                case 3 -> {
                    if (!claiming.isEmpty()) {
                        List<DueNotification> batch = claiming.remove(random.nextInt(claiming.size()));
                        if (random.nextInt(4) == 0) {
                            lanes.giveBack(batch);
                            batch.forEach(one -> underWay.remove(one.id()));
                        } else {
                            int kept = random.nextInt(batch.size() + 1);
                            lanes.claimed(batch, flights(batch.subList(0, kept)), Set.of());
                            batch.subList(kept, batch.size()).forEach(one -> {
                                underWay.remove(one.id());
                                inside.remove(one.id());
                            });
                        }
                    }
                }
                case 4 -> sending.addAll(launch(lanes));
                case 5 -> {
                    if (!sending.isEmpty()) {
                        Flight flight = sending.remove(random.nextInt(sending.size()));
                        lanes.landed(flight, FAST, true);
                        landed.add(flight);
                    }
                }
                default -> {
                    List<Long> ids = landed.stream().map(Flight::id).toList();
                    lanes.recorded(ids, landed.stream().map(Flight::merchantId).toList());
                    landed.clear();
                    ids.forEach(underWay::remove);
                    ids.forEach(inside::remove);
                }
            }
            ticker.turn(Duration.ofMillis(random.nextInt(30)));
            assertEquals(underWay.size(), lanes.claimed(), "seed " + seed + ", step " + step);
            assertEquals(inside.size() - underWay.size(), lanes.queued(), "seed " + seed + ", step " + step);
            assertEquals(sending.size(), lanes.sending());
            assertTrue(lanes.claimed() <= 15 && lanes.sending() <= 5 && lanes.queued() <= 60 + 15);
        }
    }

    private Lanes lanes(int maxInFlight, int claimAhead, int queueLimit, int merchantQueueLimit, int batchSize) {
        return lanes(settings(maxInFlight, claimAhead, queueLimit, merchantQueueLimit, batchSize));
    }

    private Lanes lanes(DeliverySettings settings) {
        return new Lanes(settings, Breakers.none(), () -> 1, ticker);
    }

    private static DeliverySettings settings(
            int maxInFlight, int claimAhead, int queueLimit, int merchantQueueLimit, int batchSize) {
        return new DeliverySettings(
                maxInFlight,
                claimAhead,
                queueLimit,
                merchantQueueLimit,
                batchSize,
                Duration.ofMillis(5),
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                TRUSTING);
    }

    private static void know(Lanes lanes, int limit, long... merchants) {
        lanes.limits(LongStream.of(merchants)
                .boxed()
                .collect(Collectors.toMap(Function.identity(), merchant -> recipient(merchant, limit))));
    }

    private static Recipient.Reachable recipient(long merchant, int limit) {
        Endpoint endpoint = Rows.endpoint(merchant, merchant, "http://127.0.0.1/", "secret", limit);
        return new Recipient.Reachable(
                Rows.merchant(merchant, endpoint),
                new Route(List.of(Rows.target(endpoint))),
                Acceptance.of(SuccessRule.ANY_2XX),
                RetryPreset.DEFAULT.plan(),
                limit);
    }

    private static List<DueNotification> due(long merchant, long first, int count) {
        return LongStream.range(first, first + count)
                .mapToObj(id -> new DueNotification(id, merchant, (int) (id % 2)))
                .toList();
    }

    private static List<Flight> flights(List<DueNotification> batch) {
        return flights(batch, Long.MAX_VALUE);
    }

    private static List<Flight> flights(List<DueNotification> batch, long sendBefore) {
        return batch.stream().map(due -> flight(due, sendBefore)).toList();
    }

    private static Flight flight(DueNotification due, long sendBefore) {
        ClaimedNotification claimed =
                new ClaimedNotification(due.id(), due.id(), 1, due.merchantId(), due.shard(), "PAID", "{}", 0, false);
        return new Flight(claimed, recipient(due.merchantId(), 64), 1, 1, sendBefore, Long.MAX_VALUE);
    }

    /** A merchant answers one, so that it is known not to hang. */
    private static void answer(Lanes lanes, long merchant, int limit) {
        DueNotification one = due(merchant, 1_000_000 + merchant, 1).get(0);
        lanes.offer(List.of(one));
        know(lanes, limit, merchant);
        List<DueNotification> batch = lanes.take();
        assertEquals(List.of(one), batch);
        lanes.claimed(batch, flights(batch), Set.of());
        lanes.landed(launch(lanes).get(0), FAST, true);
        lanes.recorded(List.of(one.id()), List.of(merchant));
    }

    /** Both sockets are taken just now, after a while without any answer. */
    private List<Flight> fill(Lanes lanes) {
        answer(lanes, 1, 10);
        answer(lanes, 2, 10);
        ticker.turn(Duration.ofSeconds(1));
        lanes.offer(due(1, 1, 1));
        List<Flight> sent = send(lanes, due(2, 101, 1));
        assertEquals(2, sent.size());
        return sent;
    }

    /** What may be claimed is not kept waiting for company. */
    private static void assertWorksAtOnce(Lanes lanes) {
        assertTimeoutPreemptively(PATIENCE, () -> assertTrue(lanes.awaitWork(PATIENCE)));
    }

    /** What may be sent now of all that may be claimed is on its socket. */
    private static List<Flight> send(Lanes lanes, List<DueNotification> more) {
        lanes.offer(more);
        List<DueNotification> batch = lanes.take();
        lanes.claimed(batch, flights(batch), Set.of());
        List<Flight> sent = launch(lanes);
        assertTrue(lanes.sending() > 0);
        return sent;
    }

    private static List<Flight> launch(Lanes lanes) {
        List<Flight> sent = new ArrayList<>();
        for (Flight flight = lanes.next(); flight != null; flight = lanes.next()) {
            sent.add(flight);
        }
        return sent;
    }

    private static Map<Long, Long> counts(List<DueNotification> batch) {
        return batch.stream()
                .collect(Collectors.groupingBy(DueNotification::merchantId, TreeMap::new, Collectors.counting()));
    }

    private static Map<Long, Long> countsOf(List<Flight> flights) {
        return flights.stream().collect(Collectors.groupingBy(Flight::merchantId, TreeMap::new, Collectors.counting()));
    }
}

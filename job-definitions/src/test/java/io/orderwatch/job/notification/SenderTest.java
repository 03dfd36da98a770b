package io.orderwatch.job.notification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.dao.notification.ClaimedNotification;
import io.orderwatch.dao.notification.Endpoint;
import io.orderwatch.dao.notification.Next;
import io.orderwatch.dao.notification.Pace;
import io.orderwatch.dao.notification.Preference;
import io.orderwatch.dao.notification.SuccessRule;
import io.orderwatch.dao.notification.Visit;
import io.orderwatch.job.KillPoints;
import io.orderwatch.job.KillPoints.Place;
import io.orderwatch.job.TurnedTicker;
import io.orderwatch.job.notification.Sender.Result;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One try: which endpoints are asked, and when the next one is. */
class SenderTest {

    private static final Reply ACCEPTED = answer(200);
    private static final RetryPlan TWO_TRIES = new RetryPlan(List.of(Duration.ofSeconds(5)));

    private final TurnedTicker ticker = new TurnedTicker();
    private final Map<Long, Reply> replies = new HashMap<>();
    private final List<Long> asked = new ArrayList<>();
    private final List<Duration> left = new ArrayList<>();
    private final Random random = new Random(1);
    private final FakeBreakers breakers = new FakeBreakers();
    private final EndpointSlots slots = new EndpointSlots(() -> 1, ticker);
    private KillPoints killPoints = KillPoints.NONE;
    private Duration takes = Duration.ZERO;
    private boolean inTime = true;
    /** All endpoints hang, or one does. */
    private boolean hang;

    private long hangs;
    private final List<Consumer<Reply>> hanging = new ArrayList<>();
    private @Nullable Boolean renewed;

    @ParameterizedTest
    @EnumSource(names = {"DNS", "CONNECT", "TLS", "BLOCKED"})
    void the_next_is_asked_where_nothing_was_written(Outcome why) {
        replies.put(1L, new Reply.Failed(why, "no", false));
        Result.Tried tried = tried(first(), endpoint(1, 0, 1), endpoint(2, 1, 1));
        assertEquals(List.of(1L, 2L), asked);
        assertEquals(new Next.Delivered(), tried.next());
        assertEquals(
                List.of(why.name(), "DELIVERED"),
                tried.visits().stream().map(Visit::outcome).toList());
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 502, 503, 599})
    void the_next_is_asked_where_the_server_failed(int status) {
        replies.put(1L, answer(status));
        assertEquals(
                new Next.Delivered(),
                tried(first(), endpoint(1, 0, 1), endpoint(2, 1, 1)).next());
        assertEquals(List.of(1L, 2L), asked);
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 307, 400, 404, 410, 429})
    void any_other_answer_is_the_merchants_word(int status) {
        replies.put(1L, answer(status));
        assertInstanceOf(
                Next.Retry.class,
                tried(first(), endpoint(1, 0, 1), endpoint(2, 1, 1)).next());
        assertEquals(List.of(1L), asked);
    }

    @Test
    void a_process_may_end_before_what_may_be_written_is_and_after_it_was_accepted() {
        List<Place> passed = new ArrayList<>();
        killPoints = passed::add;
        tried(first(), endpoint(1, 0, 1));
        assertEquals(List.of(Place.BEFORE_SEND, Place.AFTER_ANSWER), passed);

        passed.clear();
        replies.put(1L, answer(404));
        tried(first(), endpoint(1, 0, 1));
        assertEquals(List.of(Place.BEFORE_SEND, Place.AFTER_REFUSAL), passed);

        passed.clear();
        replies.put(1L, new Reply.Failed(Outcome.TIMEOUT, "nothing came", true));
        tried(first(), endpoint(1, 0, 1));
        assertEquals(List.of(Place.BEFORE_SEND), passed, "nobody answered");

        passed.clear();
        inTime = false;
        replies.put(1L, new Reply.Withheld("late"));
        send(first(), endpoint(1, 0, 1));
        assertEquals(List.of(), passed, "nothing may be written");
    }

    /** A second call could only be a duplicate. */
    @ParameterizedTest
    @EnumSource(names = {"TIMEOUT", "RESET", "TLS"})
    void nobody_else_is_asked_while_the_first_may_have_it(Outcome why) {
        replies.put(1L, new Reply.Failed(why, "gone", true));
        Result.Tried tried = tried(first(), endpoint(1, 0, 1), endpoint(2, 1, 1));
        assertEquals(List.of(1L), asked);
        assertInstanceOf(Next.Retry.class, tried.next());
        assertEquals(Visit.Doubt.UNHEARD, tried.visits().get(0).doubt());
    }

    @Test
    void all_fail_and_the_plan_decides_by_the_last() {
        replies.put(1L, new Reply.Failed(Outcome.CONNECT, "no", false));
        replies.put(2L, new Reply.Answered(503, new byte[0], false, "60"));
        Result.Tried tried = tried(first(), endpoint(1, 0, 1), endpoint(2, 1, 1));
        assertTrue(((Next.Retry) tried.next()).in().toSeconds() >= 60);
        assertEquals(2, tried.visits().size());
    }

    @Test
    void a_fallback_is_asked_only_where_no_other_try_follows() {
        replies.put(1L, answer(404));
        assertInstanceOf(
                Next.Retry.class, tried(first(), endpoint(1, 0, 1), fallback(9)).next());
        assertEquals(List.of(1L), asked);
        asked.clear();
        assertEquals(
                new Next.Delivered(),
                tried(last(), endpoint(1, 0, 1), fallback(9)).next());
        assertEquals(List.of(1L, 9L), asked);
    }

    @Test
    void a_fallback_is_asked_even_where_the_merchant_may_have_it_and_no_other_endpoint_is() {
        replies.put(1L, new Reply.Failed(Outcome.TIMEOUT, "gone", true));
        Result.Tried tried = tried(last(), endpoint(1, 0, 1), endpoint(2, 1, 1), fallback(9));
        assertEquals(List.of(1L, 9L), asked);
        assertEquals(new Next.Delivered(), tried.next());
        assertEquals(Visit.Doubt.UNHEARD, tried.visits().get(0).doubt());
    }

    @Test
    void a_fallback_that_fails_too_ends_it() {
        replies.put(1L, answer(404));
        replies.put(9L, answer(404));
        assertEquals(
                new Next.Dead(), tried(last(), endpoint(1, 0, 1), fallback(9)).next());
    }

    @Test
    void a_fallback_alone_is_an_endpoint_like_any_other() {
        assertEquals(new Next.Delivered(), tried(first(), fallback(9)).next());
    }

    @Test
    void all_calls_share_one_deadline() {
        replies.put(1L, new Reply.Failed(Outcome.CONNECT, "no", false));
        replies.put(2L, new Reply.Failed(Outcome.CONNECT, "no", false));
        takes = Duration.ofSeconds(6);
        Result.Tried tried = tried(first(), endpoint(1, 0, 1), endpoint(2, 1, 1), endpoint(3, 2, 1));
        assertEquals(List.of(1L, 2L), asked);
        assertEquals(List.of(Duration.ofSeconds(10), Duration.ofSeconds(4)), left);
        assertInstanceOf(Next.Retry.class, tried.next());
    }

    /** A switch may have been turned off since the claim. */
    @Test
    void a_call_that_comes_late_asks_first_whether_it_still_may() {
        replies.put(1L, new Reply.Failed(Outcome.CONNECT, "no", false));
        inTime = false;
        renewed = false;
        assertInstanceOf(
                Next.Retry.class,
                tried(first(), endpoint(1, 0, 1), endpoint(2, 1, 1)).next());
        assertEquals(List.of(1L), asked);
        asked.clear();
        renewed = true;
        assertEquals(
                new Next.Delivered(),
                tried(first(), endpoint(1, 0, 1), endpoint(2, 1, 1)).next());
        assertEquals(List.of(1L, 2L), asked);
    }

    @Test
    void an_event_goes_where_it_is_taken() {
        Endpoint refunds = with(1, new Preference(0, 1, false), Set.of("REFUNDED"));
        assertEquals(
                new Next.Delivered(), tried(first(), refunds, endpoint(2, 1, 1)).next());
        assertEquals(List.of(2L), asked);
        Result nobody = send(first(), refunds);
        assertEquals(new Result.Impossible("Merchant 5 has no endpoint that takes PAID"), nobody);
    }

    @Test
    void what_was_withheld_uses_up_no_try() {
        replies.put(1L, new Reply.Withheld("the shard is gone"));
        assertEquals(new Result.Withheld("the shard is gone"), send(first(), endpoint(1, 0, 1), endpoint(2, 1, 1)));
    }

    @Test
    void the_share_of_each_is_as_its_weight_says() {
        Route route =
                new Route(List.of(target(endpoint(1, 0, 3)), target(endpoint(2, 0, 1)), target(endpoint(3, 0, 0))));
        Random random = new Random(7);
        int[] firsts = new int[4];
        for (int i = 0; i < 10_000; i++) {
            List<Target> order = route.order("PAID", false, random);
            assertEquals(3, order.size());
            firsts[(int) order.get(0).endpoint().id()]++;
        }
        assertTrue(Math.abs(firsts[1] - 7_500) < 200, Arrays.toString(firsts));
        assertEquals(0, firsts[3]);
    }

    @Test
    void priority_comes_before_weight() {
        Route route = new Route(List.of(target(endpoint(1, 5, 1_000)), target(endpoint(2, -1, 1))));
        for (int i = 0; i < 100; i++) {
            assertEquals(
                    List.of(2L, 1L),
                    route.order("PAID", false, new Random(i)).stream()
                            .map(target -> target.endpoint().id())
                            .toList());
        }
    }

    /** Those of one priority stand in for each other; one of a lower priority does not for one that is merely busy. */
    @Test
    void an_endpoint_that_has_all_it_may_have_gets_no_more_and_its_equals_do() {
        Endpoint small = paced(1, 0, Pace.atATime(2));
        Endpoint large = paced(2, 0, Pace.atATime(3));
        Endpoint next = paced(3, 1, Pace.atATime(64));
        hang = true;
        for (int i = 0; i < 5; i++) {
            assertNull(send(first(), small, large, next));
        }
        assertEquals(2, asked.stream().filter(id -> id == 1).count());
        assertEquals(3, asked.stream().filter(id -> id == 2).count());
        assertInstanceOf(Result.Busy.class, send(first(), small, large, next));

        breakers.open(1, 5);
        assertNull(send(first(), small, large, next), "what is broken has the next priority stand in for it");
        assertEquals(3L, asked.get(asked.size() - 1));
        breakers.close(1);
        hanging.forEach(then -> then.accept(ACCEPTED));
        hang = false;
        tried(first(), small, large, next);
        assertEquals(0, slots.size(), "what is over is forgotten");
    }

    @Test
    void what_breakers_hold_back_is_not_sent_and_uses_up_no_try() {
        breakers.open(1, 5);
        tried(first(), endpoint(1, 0, 1), endpoint(2, 1, 1));
        assertEquals(List.of(2L), asked);
        assertInstanceOf(Result.HeldBack.class, send(first(), endpoint(1, 0, 1)));
        assertInstanceOf(Result.HeldBack.class, send(last(), endpoint(1, 0, 1), fallback(9)), "no call has failed");
        assertEquals(List.of(2L), asked);
    }

    @Test
    void the_next_endpoint_of_a_try_has_its_own_bounds_too() {
        Endpoint one = paced(1, 0, Pace.atATime(64));
        Endpoint two = paced(2, 1, Pace.atATime(1));
        replies.put(1L, answer(503));
        hangs = 2;
        assertNull(send(first(), one, two));
        Result.Tried tried = tried(first(), one, two);
        assertEquals(List.of(1L, 2L, 1L), asked);
        assertInstanceOf(Next.Retry.class, tried.next());
        assertEquals(1, tried.visits().size());
    }

    @Test
    void a_rate_is_each_endpoint_s_own() {
        Endpoint limited = paced(1, 0, new Pace(64, BigDecimal.valueOf(2), 2));
        Endpoint free = paced(2, 0, Pace.atATime(64));
        for (int i = 0; i < 40; i++) {
            tried(first(), limited, free);
        }
        assertEquals(2, asked.stream().filter(id -> id == 1).count());
        ticker.turn(Duration.ofSeconds(1));
        for (int i = 0; i < 40; i++) {
            tried(first(), limited, free);
        }
        assertEquals(4, asked.stream().filter(id -> id == 1).count());
    }

    @Test
    void a_fallback_that_has_no_room_is_no_reason_to_give_up() {
        Endpoint one = paced(1, 0, Pace.atATime(64));
        Endpoint other = new Endpoint(
                9, 5, one.channel(), one.url(), one.secrets(), new Preference(0, 1, true), Pace.atATime(1), Set.of());
        replies.put(1L, answer(404));
        hangs = 9;
        assertNull(send(last(), one, other));
        Next.Retry next =
                assertInstanceOf(Next.Retry.class, tried(last(), one, other).next());
        assertTrue(next.in().toSeconds() >= 5 && next.in().toSeconds() < 10, next.toString());
        hanging.forEach(then -> then.accept(ACCEPTED));
        hangs = 0;
        assertEquals(new Next.Delivered(), tried(last(), one, other).next());
    }

    /** A merchant's lane bounds its only endpoint: a second count would only disagree with it. */
    @Test
    void a_single_endpoint_is_not_counted_twice() {
        hang = true;
        Endpoint only = paced(1, 0, new Pace(1, BigDecimal.ONE, 1));
        for (int i = 0; i < 5; i++) {
            assertNull(send(first(), only));
        }
        assertEquals(5, asked.size());
        assertEquals(0, slots.size());
    }

    private static Endpoint paced(long id, int priority, Pace pace) {
        Endpoint usual = endpoint(id, priority, 1);
        return new Endpoint(
                id, 5, usual.channel(), usual.url(), usual.secrets(), usual.preference(), pace, usual.events());
    }

    private Result.Tried tried(int attempts, Endpoint... endpoints) {
        return assertInstanceOf(Result.Tried.class, send(attempts, endpoints));
    }

    /** Null while no answer comes. */
    private @Nullable Result send(int attempts, Endpoint... endpoints) {
        Route route = new Route(Arrays.stream(endpoints).map(this::target).toList());
        Recipient.Reachable recipient = new Recipient.Reachable(
                Rows.merchant(5, endpoints), route, Acceptance.of(SuccessRule.ANY_2XX), TWO_TRIES, 64);
        ClaimedNotification n = new ClaimedNotification(80, 5, 3, 5, 3, "PAID", "{}", attempts, false);
        List<Result> results = new ArrayList<>();
        new Sender(Duration.ofSeconds(10), breakers, slots, () -> Instant.EPOCH, ticker, random, killPoints)
                .send(new Flight(n, recipient, 1, 1, 0, 0), new Pass(), results::add);
        assertTrue(results.size() <= 1, "told once");
        return results.isEmpty() ? null : results.get(0);
    }

    private final class Pass implements Clearance {

        @Override
        public @Nullable String objection() {
            return inTime ? null : "late";
        }

        @Override
        public void renew(Consumer<Boolean> then) {
            then.accept(Boolean.TRUE.equals(renewed));
        }
    }

    private Target target(Endpoint endpoint) {
        return new Target() {
            @Override
            public Endpoint endpoint() {
                return endpoint;
            }

            @Override
            public void send(Message message, Supplier<@Nullable String> lastLook, Consumer<Reply> then) {
                asked.add(endpoint.id());
                left.add(message.within());
                ticker.turn(takes);
                lastLook.get();
                if (hang || hangs == endpoint.id()) {
                    hanging.add(then);
                    return;
                }
                then.accept(replies.getOrDefault(endpoint.id(), ACCEPTED));
            }
        };
    }

    private static int first() {
        return 0;
    }

    private static int last() {
        return 1;
    }

    private static Endpoint endpoint(long id, int priority, int weight) {
        return with(id, new Preference(priority, weight, false), Set.of());
    }

    private static Endpoint fallback(long id) {
        return with(id, new Preference(0, 1, true), Set.of());
    }

    private static Endpoint with(long id, Preference preference, Set<String> events) {
        Endpoint usual = Rows.endpoint(id, 5, "http://shop.example/", "secret", 64);
        return new Endpoint(id, 5, usual.channel(), usual.url(), usual.secrets(), preference, usual.pace(), events);
    }

    private static Reply answer(int status) {
        return new Reply.Answered(status, new byte[0], false, null);
    }
}

package io.orderwatch.job.notification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.dao.notification.Merchant;
import io.orderwatch.job.TurnedTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class MerchantDirectoryTest {

    private final Map<Long, Merchant> rows = new HashMap<>();
    private final List<Set<Long>> lookUps = new ArrayList<>();
    private final TurnedTicker ticker = new TurnedTicker();
    private final MerchantDirectory directory =
            new MerchantDirectory(this::load, Rows.channels(), Admission.byRow(), ticker);

    private Map<Long, Merchant> load(Collection<Long> ids) {
        lookUps.add(new TreeSet<>(ids));
        Map<Long, Merchant> found = new HashMap<>(rows);
        found.keySet().retainAll(ids);
        return found;
    }

    @Test
    void only_what_is_missing_or_half_a_second_old_is_looked_up() {
        rows.put(1L, merchant(1, "http://one/", "5s"));
        rows.put(2L, merchant(2, "http://two/", "5s"));
        rows.put(3L, merchant(3, "http://three/", "5s"));
        directory.find(List.of(1L, 2L));
        ticker.turn(Duration.ofMillis(300));
        directory.find(List.of(1L, 2L, 3L));
        ticker.turn(Duration.ofMillis(300));
        directory.find(List.of(1L, 2L, 3L));
        assertEquals(List.of(Set.of(1L, 2L), Set.of(3L), Set.of(1L, 2L)), lookUps);
    }

    @Test
    void an_unchanged_row_is_not_taken_apart_again() {
        rows.put(1L, merchant(1, "http://one/", "5s"));
        Recipient before = directory.find(List.of(1L)).get(1L);
        ticker.turn(Duration.ofSeconds(1));
        rows.put(1L, merchant(1, "http://one/", "5s"));
        assertSame(before, directory.find(List.of(1L)).get(1L));
        ticker.turn(Duration.ofSeconds(1));
        rows.put(1L, merchant(1, "http://moved/", "5s"));
        Recipient.Reachable moved = assertInstanceOf(
                Recipient.Reachable.class, directory.find(List.of(1L)).get(1L));
        assertEquals("http://moved/", moved.route().targets().get(0).endpoint().url());
    }

    @Test
    void what_cannot_be_called_says_why_and_is_looked_up_each_time() {
        rows.put(2L, Rows.merchant(2));
        rows.put(3L, merchant(3, "gopher://three/", "5s"));
        Map<Long, Recipient> found = directory.find(List.of(1L, 2L, 3L));
        assertEquals(new Recipient.Unreachable("Merchant 1 does not exist"), found.get(1L));
        assertEquals(new Recipient.Unreachable("Merchant 2 has no endpoint that is on"), found.get(2L));
        assertEquals(
                new Recipient.Unreachable(
                        "Endpoint 30 of merchant 3: the address does not begin with http:// or https://"),
                found.get(3L));
        rows.put(1L, merchant(1, "http://one/", "5s"));
        assertInstanceOf(Recipient.Reachable.class, directory.find(List.of(1L)).get(1L));
    }

    @Test
    void a_bad_list_of_delays_is_replaced() {
        rows.put(1L, merchant(1, "http://one/", "soon"));
        rows.put(2L, merchant(2, "http://two/", "7s"));
        Map<Long, Recipient> found = directory.find(List.of(1L, 2L));
        assertEquals(RetryPreset.DEFAULT.plan(), ((Recipient.Reachable) found.get(1L)).plan());
        assertEquals(
                List.of(Duration.ofSeconds(7)),
                ((Recipient.Reachable) found.get(2L)).plan().delays());
    }

    @Test
    void all_endpoints_count_and_each_gets_at_least_one_request() {
        rows.put(
                1L,
                Rows.merchant(
                        1,
                        Rows.endpoint(10, 1, "http://first/", "s", 0),
                        Rows.endpoint(11, 1, "http://second/", "s", 9)));
        Recipient.Reachable found =
                (Recipient.Reachable) directory.find(List.of(1L)).get(1L);
        assertEquals(
                List.of(10L, 11L),
                found.route().targets().stream()
                        .map(target -> target.endpoint().id())
                        .toList());
        assertEquals(1 + 9, found.limit());
    }

    @Test
    void thousands_are_remembered_and_not_more() {
        for (long id = 1; id <= 12_000; id++) {
            rows.put(id, merchant(id, "http://shop" + id + "/", "5s"));
        }
        directory.find(rows.keySet());
        lookUps.clear();
        directory.find(List.of(1L, 12_000L));
        assertTrue(lookUps.get(0).contains(1L), "the eldest went");
        assertEquals(Set.of(1L), lookUps.get(0));
    }

    private static Merchant merchant(long id, String url, String delays) {
        return Rows.merchant(id, delays, Rows.endpoint(id * 10, id, url, "s", 8));
    }
}

package io.orderwatch.job.order;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.dao.shard.ShardLease;
import java.util.List;
import org.junit.jupiter.api.Test;

class LookAheadTest {

    private static final ShardLease THREE = new ShardLease(3, 7);
    private static final ShardLease FOUR = new ShardLease(4, 7);

    private final LookAhead ahead = new LookAhead();

    @Test
    void what_one_look_found_is_handed_out_by_id_batch_by_batch() {
        ahead.found(List.of(THREE), List.of(5L, 1L, 4L, 2L, 3L));
        assertEquals(List.of(1L, 2L), ahead.next(2));
        assertFalse(ahead.isEmpty());
        assertEquals(List.of(3L, 4L, 5L), ahead.next(1_000));
        assertTrue(ahead.isEmpty());
        assertEquals(List.of(), ahead.next(1));
    }

    @Test
    void what_was_found_under_the_same_leases_is_kept_whatever_their_order() {
        ahead.found(List.of(THREE, FOUR), List.of(1L));
        ahead.keepOnly(List.of(FOUR, THREE));
        assertFalse(ahead.isEmpty());
    }

    @Test
    void what_was_found_before_a_shard_was_lost_or_granted_anew_is_forgotten() {
        ahead.found(List.of(THREE, FOUR), List.of(1L));
        ahead.keepOnly(List.of(THREE));
        assertTrue(ahead.isEmpty());

        ahead.found(List.of(THREE), List.of(1L));
        ahead.keepOnly(List.of(new ShardLease(3, 8)));
        assertTrue(ahead.isEmpty());
    }
}

package io.orderwatch.node.shard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.dao.shard.ShardLease;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WireTest {

    private final Wire wire = new Wire();

    @Test
    void members_plans_and_acknowledgements_come_back_as_they_went() {
        Member member = new Member(
                "node-1", 1L << 52, "p", "host", "host:9010", Instant.parse("2026-01-02T03:04:05Z"), Uptake.WARM_UP);
        assertEquals(member, wire.readMember(wire.write(member)));
        Ack ack = new Ack(member.holder(), new Stamp(3, 9), Set.of(new ShardLease(0, 1), new ShardLease(7, 12)));
        assertEquals(ack, wire.readAck(wire.write(ack)));
        List<Plan.@Nullable Entry> entries = new ArrayList<>();
        entries.add(null);
        entries.add(new Plan.Entry(member.holder(), 12, null));
        entries.add(new Plan.Entry(member.holder(), 13, new Plan.Moving(new Stamp(3, 8), "node-2")));
        entries.add(new Plan.Entry(new Holder("node-2", 5), 1, new Plan.Moving(new Stamp(2, 1), null)));
        Plan plan = new Plan(new Stamp(3, 9), entries, Set.of("node-1"), Set.of(new Holder("node-2", 5)));
        assertEquals(plan, wire.readPlan(wire.write(plan)));
    }

    @Test
    void plan_of_1024_moving_shards_is_far_below_the_limit_of_a_znode() {
        List<Plan.@Nullable Entry> entries = new ArrayList<>();
        for (int shard = 0; shard < 1024; shard++) {
            Holder holder = new Holder("a-node-with-a-rather-long-name-" + shard % 16, (1L << 52) + shard % 16);
            Plan.Moving moving = new Plan.Moving(new Stamp(123, 4567), "a-node-with-a-rather-long-name-1");
            entries.add(new Plan.Entry(holder, 98_765, moving));
        }
        int size = wire.write(new Plan(new Stamp(123, 4567), entries, Set.of(), Set.of())).length;
        assertTrue(size < 100_000, size + " bytes");
    }

    @Test
    void what_cannot_be_read_is_named() {
        for (String text : List.of("", "{}", "nonsense", "{\"at\":[1,2]}")) {
            assertThrows(BoardException.class, () -> wire.readPlan(text.getBytes(StandardCharsets.UTF_8)), text);
        }
    }
}

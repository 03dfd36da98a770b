package io.orderwatch.node.shard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PlannerTest {

    private final Planner planner = new Planner();

    @Test
    void worked_example_of_the_comment() {
        List<String> owners = List.of("a", "a", "a", "a", "a", "b", "b", "b", "b", "b");
        List<String> withC = planner.assign(owners, Set.of("a", "b", "c"), Set.of());
        assertEquals(List.of("a", "a", "a", "a", "c", "b", "b", "b", "c", "c"), withC);
        List<@Nullable String> orphaned = new ArrayList<>(withC);
        orphaned.replaceAll(owner -> "c".equals(owner) ? null : owner);
        assertEquals(3, moves(withC, planner.assign(orphaned, Set.of("a", "b"), Set.of())));
    }

    @Test
    void nobody_gets_anything_when_there_is_nobody() {
        assertEquals(Collections.nCopies(3, null), planner.assign(Collections.nCopies(3, null), Set.of(), Set.of()));
    }

    @Test
    void node_that_warms_up_gets_a_few_and_the_rest_afterwards() {
        List<@Nullable String> owners = new ArrayList<>(Collections.nCopies(32, "a"));
        owners.addAll(Collections.nCopies(32, "b"));
        List<@Nullable String> few = planner.assign(owners, Set.of("a", "b", "c"), Set.of("c"));
        assertEquals(2, moves(owners, few));
        assertEquals(2, Collections.frequency(few, "c"));
        assertEquals(31, Collections.frequency(few, "a"));
        assertEquals(few, planner.assign(few, Set.of("a", "b", "c"), Set.of("c")), "settled");

        List<@Nullable String> all = planner.assign(few, Set.of("a", "b", "c"), Set.of());
        assertEquals(21, Collections.frequency(all, "c"));
        assertEquals(21, moves(owners, all), "none on a way about");
    }

    @Test
    void nodes_that_warm_up_take_what_nobody_else_can_and_keep_what_they_have() {
        Set<String> both = Set.of("a", "b");
        List<@Nullable String> alone = planner.assign(Collections.nCopies(9, null), both, both);
        assertEquals(4, Collections.frequency(alone, "b"), "they are all there is");
        assertEquals(alone, planner.assign(alone, both, Set.of("b")), "it has them already");
        assertEquals(alone, planner.assign(alone, both, Set.of("a")), "be they the larger half");
        List<@Nullable String> orphaned = new ArrayList<>(alone);
        orphaned.replaceAll(owner -> "a".equals(owner) ? null : owner);
        assertEquals(Collections.nCopies(9, "b"), planner.assign(orphaned, Set.of("b"), Set.of("b")));
        assertEquals(
                List.of("a", "b"),
                planner.assign(Collections.nCopies(2, null), both, Set.of("b")),
                "no more than its share");
    }

    @Test
    void more_nodes_than_shards_leave_some_without() {
        List<@Nullable String> assigned = planner.assign(Collections.nCopies(2, null), Set.of("a", "b", "c"), Set.of());
        assertEquals(List.of("a", "b"), assigned);
    }

    @Test
    void any_sequence_of_joins_and_leaves_keeps_balance_with_the_least_moves() {
        long seed = Long.getLong("planner.seed", System.nanoTime());
        System.out.println("planner.seed=" + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            int shards = 1 + random.nextInt(random.nextInt(10) == 0 ? 1024 : 64);
            Set<String> nodes = new TreeSet<>(Set.of("n0"));
            List<@Nullable String> owners = planner.assign(Collections.nCopies(shards, null), nodes, Set.of());
            for (int step = 0; step < 20; step++) {
                int nodesBefore = nodes.size();
                boolean join = nodes.size() == 1 || (nodes.size() < 16 && random.nextBoolean());
                String newcomer = "n" + step + "-" + random.nextInt(100);
                if (join) {
                    nodes.add(newcomer);
                } else {
                    nodes.remove(new ArrayList<>(nodes).get(random.nextInt(nodes.size())));
                }
                List<@Nullable String> orphaned = new ArrayList<>(owners);
                orphaned.replaceAll(owner -> nodes.contains(owner) ? owner : null);
                List<@Nullable String> assigned = planner.assign(orphaned, nodes, Set.of());

                assertEquals(
                        assigned,
                        planner.assign(orphaned, new TreeSet<>(nodes).descendingSet(), Set.of()),
                        "deterministic");
                assertBalanced(assigned, nodes);
                int moved = moves(owners, assigned);
                int bound = ceil(shards, join ? nodes.size() : nodesBefore);
                assertTrue(moved <= bound, moved + " moves of " + shards + " shards, bound " + bound);
                if (!join) {
                    assertEquals(
                            Collections.frequency(orphaned, null), moved, "a leave moves nothing but what is orphaned");
                }
                assertEquals(assigned, planner.assign(assigned, nodes, Set.of()), "settled");
                Set<String> warming =
                        nodes.stream().filter(node -> random.nextBoolean()).collect(Collectors.toSet());
                assertEquals(assigned, planner.assign(assigned, nodes, warming), "who has a share keeps it");
                if (join) {
                    List<@Nullable String> few = planner.assign(orphaned, nodes, Set.of(newcomer));
                    assertEquals(
                            Math.min(2, Collections.frequency(assigned, newcomer)),
                            Collections.frequency(few, newcomer));
                    List<@Nullable String> share = planner.assign(few, nodes, Set.of());
                    assertBalanced(share, nodes);
                    assertTrue(moves(owners, share) <= bound, "by way of a warm-up, too");
                }
                owners = assigned;
            }
        }
    }

    @Test
    void unbalanced_start_is_balanced_with_the_least_moves() {
        Random random = new Random(Long.getLong("planner.seed", 42));
        for (int round = 0; round < 300; round++) {
            int shards = 1 + random.nextInt(12);
            List<String> nodes = List.of("a", "b", "c").subList(0, 1 + random.nextInt(3));
            List<@Nullable String> owners = new ArrayList<>();
            for (int shard = 0; shard < shards; shard++) {
                int owner = random.nextInt(nodes.size() + 1);
                owners.add(owner == nodes.size() ? null : nodes.get(owner));
            }
            List<@Nullable String> assigned = planner.assign(owners, Set.copyOf(nodes), Set.of());
            assertBalanced(assigned, Set.copyOf(nodes));
            assertEquals(leastMoves(owners, nodes), moves(owners, assigned), owners + " -> " + assigned);
        }
    }

    /** By trying every way to give the larger shares. */
    private static int leastMoves(List<@Nullable String> owners, List<String> nodes) {
        int share = owners.size() / nodes.size();
        int larger = owners.size() % nodes.size();
        int best = Integer.MAX_VALUE;
        for (int mask = 0; mask < 1 << nodes.size(); mask++) {
            if (Integer.bitCount(mask) != larger) {
                continue;
            }
            int kept = 0;
            for (int i = 0; i < nodes.size(); i++) {
                int quota = (mask & 1 << i) != 0 ? share + 1 : share;
                kept += Math.min(quota, Collections.frequency(owners, nodes.get(i)));
            }
            best = Math.min(best, owners.size() - kept);
        }
        return best;
    }

    private static void assertBalanced(List<@Nullable String> assigned, Set<String> nodes) {
        Map<String, Integer> counts = new HashMap<>();
        nodes.forEach(node -> counts.put(node, 0));
        assigned.forEach(owner -> counts.computeIfPresent(owner, (node, count) -> count + 1));
        assertEquals(assigned.size(), counts.values().stream().mapToInt(i -> i).sum(), "each shard has an owner");
        assertTrue(
                Collections.max(counts.values()) - Collections.min(counts.values()) <= 1,
                "balanced to within one: " + counts);
    }

    private static int moves(List<@Nullable String> from, List<@Nullable String> to) {
        int moves = 0;
        for (int shard = 0; shard < from.size(); shard++) {
            if (!java.util.Objects.equals(from.get(shard), to.get(shard))) {
                moves++;
            }
        }
        return moves;
    }

    private static int ceil(int shards, int nodes) {
        return (shards + nodes - 1) / nodes;
    }
}

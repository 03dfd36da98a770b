package io.orderwatch.node.shard;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Spreads shards over nodes: balanced to within one but for nodes that warm up, moving as few as that allows, and the same
 * answer for the same question on any node.
 *
 * <p>Ten shards, nodes a (0-4) and b (5-9); c joins: the quotas are 4, 3, 3, the larger ones going to those who own the
 * most. So a gives 4 and b gives 8 and 9, all to c: three moves, which is the least that balance needs. When c leaves
 * again, only its own three move.
 */
final class Planner {

    /** Shards of a node that warms up: few of the orders, and yet all kinds of work come with them. */
    static final int WARM_UP_SHARDS = 2;

    /**
     * @param owners of each shard at present; null: nobody, or a node that is not among {@code nodes}
     * @param nodes that may own shards; none: nobody gets anything
     * @param warming those of the nodes that warm up: they get no more than {@link #WARM_UP_SHARDS}, or than they have,
     *     unless they are all there is
     * @return the owner that each shard should have
     */
    List<@Nullable String> assign(List<@Nullable String> owners, Set<String> nodes, Set<String> warming) {
        if (nodes.isEmpty()) {
            return new ArrayList<>(java.util.Collections.nCopies(owners.size(), null));
        }
        Map<String, Integer> quotas = quotas(owners, nodes, warming);
        Map<String, Integer> counts = new HashMap<>();
        List<@Nullable String> assigned = new ArrayList<>(owners.size());
        List<Integer> homeless = new ArrayList<>();
        for (int shard = 0; shard < owners.size(); shard++) {
            String owner = owners.get(shard);
            if (owner != null && counts.getOrDefault(owner, 0) < quotas.getOrDefault(owner, 0)) {
                counts.merge(owner, 1, Integer::sum);
                assigned.add(owner);
            } else {
                assigned.add(null);
                homeless.add(shard);
            }
        }
        PriorityQueue<Vacancy> vacancies = new PriorityQueue<>();
        quotas.forEach((node, quota) -> {
            int count = counts.getOrDefault(node, 0);
            if (count < quota) {
                vacancies.add(new Vacancy(node, count, quota));
            }
        });
        for (int shard : homeless) {
            Vacancy emptiest = vacancies.remove();
            assigned.set(shard, emptiest.node);
            if (emptiest.count + 1 < emptiest.quota) {
                vacancies.add(new Vacancy(emptiest.node, emptiest.count + 1, emptiest.quota));
            }
        }
        return assigned;
    }

    private static Map<String, Integer> quotas(List<@Nullable String> owners, Set<String> nodes, Set<String> warming) {
        Map<String, Integer> owned = new HashMap<>();
        nodes.forEach(node -> owned.put(node, 0));
        for (String owner : owners) {
            if (owner != null) {
                owned.computeIfPresent(owner, (node, count) -> count + 1);
            }
        }
        List<String> largestFirst = new ArrayList<>(nodes);
        largestFirst.sort(Comparator.comparing((String node) -> owned.getOrDefault(node, 0))
                .reversed()
                .thenComparing(Comparator.naturalOrder()));
        Map<String, Integer> quotas = evenly(owners.size(), largestFirst);
        if (warming.isEmpty() || warming.containsAll(nodes)) {
            return quotas;
        }
        int left = owners.size();
        for (String node : warming) {
            int quota = Math.min(quotas.getOrDefault(node, 0), Math.max(WARM_UP_SHARDS, owned.getOrDefault(node, 0)));
            quotas.put(node, quota);
            left -= quota;
        }
        largestFirst.removeAll(warming);
        quotas.putAll(evenly(left, largestFirst));
        return quotas;
    }

    private static Map<String, Integer> evenly(int shards, List<String> nodes) {
        int share = shards / nodes.size();
        int larger = shards % nodes.size();
        Map<String, Integer> quotas = new HashMap<>();
        for (int i = 0; i < nodes.size(); i++) {
            quotas.put(nodes.get(i), i < larger ? share + 1 : share);
        }
        return quotas;
    }

    private record Vacancy(String node, int count, int quota) implements Comparable<Vacancy> {
        @Override
        public int compareTo(Vacancy other) {
            int byCount = Integer.compare(count, other.count);
            return byCount != 0 ? byCount : node.compareTo(other.node);
        }
    }
}

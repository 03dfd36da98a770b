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
 * Spreads shards over nodes: balanced to within one, moving as few as that allows, and the same answer for the same
 * question on any node.
 *
 * <p>Ten shards, nodes a (0-4) and b (5-9); c joins: the quotas are 4, 3, 3, the larger ones going to those who own the
 * most. So a gives 4 and b gives 8 and 9, all to c: three moves, which is the least that balance needs. When c leaves
 * again, only its own three move.
 */
final class Planner {

    /** Shards of a newcomer: few of the orders, and yet all kinds of work come with them. */
    static final int FEW = 2;

    /**
     * @param owners of each shard at present; null: nobody, or a node that is not among {@code nodes}
     * @param nodes that may own shards; none: nobody gets anything
     * @param newcomers those of the nodes that get no more than {@link #FEW}, unless they are all there is, or have more
     * @return the owner that each shard should have
     */
    List<@Nullable String> assign(List<@Nullable String> owners, Set<String> nodes, Set<String> newcomers) {
        if (nodes.isEmpty()) {
            return new ArrayList<>(java.util.Collections.nCopies(owners.size(), null));
        }
        Map<String, Integer> quotas = quotas(owners, nodes, newcomers);
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

    private static Map<String, Integer> quotas(
            List<@Nullable String> owners, Set<String> nodes, Set<String> newcomers) {
        Map<String, Integer> owned = new HashMap<>();
        nodes.forEach(node -> owned.put(node, 0));
        for (String owner : owners) {
            if (owner != null) {
                owned.computeIfPresent(owner, (node, count) -> count + 1);
            }
        }
        Map<String, Integer> quotas = new HashMap<>();
        int left = owners.size();
        if (!newcomers.containsAll(nodes)) {
            for (String node : newcomers) {
                int quota = Math.min(owners.size() / nodes.size(), Math.max(FEW, owned.getOrDefault(node, 0)));
                quotas.put(node, quota);
                left -= quota;
            }
        }
        List<String> largestFirst = new ArrayList<>(nodes);
        largestFirst.removeAll(quotas.keySet());
        largestFirst.sort(Comparator.comparing((String node) -> owned.getOrDefault(node, 0))
                .reversed()
                .thenComparing(Comparator.naturalOrder()));
        int share = left / largestFirst.size();
        int larger = left % largestFirst.size();
        for (int i = 0; i < largestFirst.size(); i++) {
            quotas.put(largestFirst.get(i), i < larger ? share + 1 : share);
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

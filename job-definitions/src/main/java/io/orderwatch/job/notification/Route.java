package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.Endpoint;
import io.orderwatch.dao.notification.Preference;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/** A merchant's endpoints that can be called. Immutable; safe for use by many threads. */
final class Route {

    private final List<Target> targets;
    private final List<Target> fallbacks;
    private final List<Endpoint> endpoints;

    /** @param targets at least one */
    Route(List<Target> targets) {
        if (targets.isEmpty()) {
            throw new IllegalArgumentException("A merchant that can be called has an endpoint");
        }
        List<Target> usual = kept(targets, target -> !preference(target).fallback());
        this.targets = usual.isEmpty() ? List.copyOf(targets) : usual;
        this.fallbacks = usual.isEmpty()
                ? List.of()
                : kept(targets, target -> preference(target).fallback());
        this.endpoints = this.targets.stream()
                .map(Target::endpoint)
                .sorted(Comparator.comparingInt(
                        endpoint -> endpoint.preference().priority()))
                .toList();
    }

    /** All endpoints but those that come in when the last try of the others failed. */
    List<Target> targets() {
        return targets;
    }

    /** The rows of {@link #targets}, those that are called first at the head. */
    List<Endpoint> endpoints() {
        return endpoints;
    }

    /** Whether there is but one endpoint, so that what its merchant may get is what it may get. */
    boolean single() {
        return targets.size() == 1 && fallbacks.isEmpty();
    }

    /**
     * The endpoints to ask in one try, each where the one before it failed: by priority, and within one priority drawn
     * by weight, so that over many tries each is the first as often as its weight says.
     *
     * @param event of the notification
     * @param last whether no other try follows, so that the fallbacks come in at the end
     * @return empty when none takes the event
     */
    List<Target> order(String event, boolean last, RandomGenerator random) {
        if (single()) {
            return kept(targets, target -> target.endpoint().takes(event));
        }
        List<Target> order = drawn(kept(targets, target -> target.endpoint().takes(event)), random);
        if (last || order.isEmpty()) {
            order.addAll(drawn(kept(fallbacks, target -> target.endpoint().takes(event)), random));
        }
        return order;
    }

    private static List<Target> drawn(List<Target> from, RandomGenerator random) {
        TreeMap<Integer, List<Target>> byPriority = from.stream()
                .collect(Collectors.groupingBy(
                        target -> preference(target).priority(), TreeMap::new, Collectors.toList()));
        List<Target> order = new ArrayList<>(from.size());
        byPriority.values().forEach(equals -> order.addAll(shuffled(equals, random)));
        return order;
    }

    /**
     * Drawn one after the other without putting back, each with a chance as its weight has it: sorting by -ln(u) / weight
     * comes to the same. Those of weight 0 come last.
     */
    private static List<Target> shuffled(List<Target> equals, RandomGenerator random) {
        record Drawn(Target target, double key) {}
        return equals.stream()
                .map(target -> new Drawn(
                        target,
                        -Math.log(1 - random.nextDouble())
                                / Math.max(0, preference(target).weight())))
                .sorted(Comparator.comparingDouble(Drawn::key))
                .map(Drawn::target)
                .toList();
    }

    private static Preference preference(Target target) {
        return target.endpoint().preference();
    }

    private static List<Target> kept(List<Target> targets, Predicate<Target> which) {
        return targets.stream().filter(which).toList();
    }
}

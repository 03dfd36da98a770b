package io.orderwatch.faults;

import io.orderwatch.stack.check.Invariants;
import io.orderwatch.stack.generator.OrderBook;
import io.orderwatch.stack.generator.OrderBook.Off;
import io.orderwatch.stack.merchant.Delivery;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** Compares what is with what must be, once the world is whole again and no orders come any more. For one thread. */
final class Checker {

    static final int NOTIFICATIONS_PER_ORDER = 16;

    /** More is removed once it was found good, so that a check stays quick however long the suite runs. */
    private static final long MOST_ORDERS = 6_000;

    /**
     * What was claimed before a switch is flipped may be sent until its sender's lease is over, and a frozen one may
     * write down a moment late; a second is the promise of a healthy node.
     */
    private static final Duration SWITCH = Duration.ofSeconds(4);

    /** No retry of a merchant that can be told is further off than this. */
    private static final Duration SOON = Duration.ofMinutes(10);

    private final World world;
    private final Tables tables;
    private final Invariants invariants;
    private final Hopeless hopeless;
    private final Triggers triggers;
    private final Resources resources;
    private final Set<Long> toldTwiceBefore = new HashSet<>();
    private final Set<String> reported = new HashSet<>();
    private int offsBefore;
    private long canaryBefore;
    private long wrongBefore;
    private long rejectedBefore;
    private long deadRemoved;
    private long missingBefore;
    private long generatedFrom;
    private long markersFrom = Markers.FIRST;

    Checker(World world) {
        this.world = world;
        this.tables = world.tables();
        this.invariants = new Invariants(
                tables,
                new Invariants.Heard() {
                    @Override
                    public Delivery of(long notificationId) {
                        return world.heard(notificationId);
                    }

                    @Override
                    public void forEach(Consumer<Delivery> consumer) {
                        world.merchant().forEachDelivery(delivery -> {
                            if (isThere(delivery.id())) {
                                consumer.accept(delivery);
                            }
                        });
                    }
                },
                SOON);
        this.hopeless = new Hopeless(world, world.strangers());
        this.triggers = new Triggers(tables, world.nodes().ids());
        this.resources = new Resources(world);
    }

    private boolean isThere(long notificationId) {
        long order = notificationId / NOTIFICATIONS_PER_ORDER;
        return order >= Markers.FIRST ? order >= markersFrom : order >= generatedFrom;
    }

    /**
     * Waits until nothing is left to do, then looks at everything.
     *
     * @param fault that there was: notifications whose sender never said what became of them may have been told twice
     *     where it blurs
     * @return what is broken, a sentence each, that was not before
     */
    List<String> broken(Fault fault) {
        boolean blurred = fault.blurs();
        List<String> broken = new ArrayList<>();
        try {
            Awaitility.await()
                    .atMost(World.PATIENCE)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofSeconds(1))
                    .until(() -> left().isEmpty());
        } catch (ConditionTimeoutException e) {
            broken.add("LOST or never finished, " + World.PATIENCE.toSeconds() + " s after all was healed: " + left());
        }
        Set<Long> exempt = exempt(blurred, fault.mayBeTwice());
        broken.addAll(tooManyTwice(fault, exempt));
        broken.addAll(blurred ? invariants.broken(exempt, World.CLAIMED) : invariants.broken(exempt));
        broken.addAll(invariants.startedUnderOldEpoch());
        broken.addAll(invariants.startedWhileOff(newOffs(), SWITCH));
        broken.addAll(book());
        broken.addAll(hopeless.broken());
        long canary = world.canary().hits();
        if (canary > canaryBefore) {
            broken.add("The canary was called " + (canary - canaryBefore) + " times: a redirect was followed");
            canaryBefore = canary;
        }
        broken.addAll(triggers.stuck());
        broken.addAll(resources.tooMany());
        return broken.stream().filter(reported::add).toList();
    }

    /** In the order in which an order comes from one to the next: what moves on between two looks is seen by the later. */
    private List<String> left() {
        List<String> left = new ArrayList<>();
        // they would be cancelled, and their merchants told, between this look and the next
        tables.numbers("SELECT id FROM orders WHERE open_until < UTC_TIMESTAMP(3) + INTERVAL 20 SECOND")
                .forEach(id -> left.add("Order " + id + " is about to expire"));
        left.addAll(invariants.unpaidPastExpiry(Duration.ZERO));
        left.addAll(invariants.unfinished());
        left.addAll(invariants.notSetAsideAsDue());
        return left;
    }

    /**
     * Those that were told twice before, and those of which nobody could know, as often as that was so: a try whose answer
     * came too late, on a machine that is too slow; and where that is forgiven those of which a merchant got more than was recorded as
     * answered before the claim was over: somebody sent it who could not say in time what came of it. Two senders who
     * both could are no excuse.
     */
    private Set<Long> exempt(boolean blurred, Optional<Set<Long>> mayBeTwice) {
        Set<Long> exempt = new HashSet<>(toldTwiceBefore);
        for (long id : toldTwice()) {
            boolean forgiven = mayBeTwice
                    .map(known -> known.contains(id))
                    .orElseGet(() -> blurred && world.heard(id).arrivals() > answered(id));
            if (forgiven || world.heard(id).acceptances() <= 1 + timedOut(id)) {
                exempt.add(id);
            }
        }
        return exempt;
    }

    private long timedOut(long id) {
        return tables.number(
                "SELECT COUNT(*) FROM notification_attempts WHERE notification_id = ? AND outcome = 'TIMEOUT'", id);
    }

    private long answered(long id) {
        return tables.number(
                "SELECT COUNT(*) FROM notification_attempts WHERE notification_id = ?"
                        + " AND (outcome = 'DELIVERED' OR http_status IS NOT NULL)"
                        + " AND created_at < started_at + INTERVAL ? * 1000 MICROSECOND",
                id,
                World.CLAIMED.toMillis());
    }

    /** What was told twice, and is forgiven, is at most what the nodes that were harmed had in flight. */
    private List<String> tooManyTwice(Fault fault, Set<Long> exempt) {
        if (!fault.blurs()) {
            return List.of();
        }
        long twice = exempt.stream()
                .filter(id -> !toldTwiceBefore.contains(id) && timedOut(id) == 0)
                .count();
        List<String> hurt = hurt(fault);
        long inFlight = world.inFlight().most(hurt);
        // and what is claimed between two looks
        long most =
                (inFlight + 2 * world.load().ordersPerSecond() * InFlight.EVERY.toMillis() / 1_000) * fault.losses();
        world.figures().add("told twice by a node that died, stood still or was cut off", twice);
        world.figures().add("in flight at such nodes at that moment, at most", inFlight);
        return twice <= most
                ? List.of()
                : List.of(twice + " notifications were told twice whose sender never said the outcome, and " + hurt
                        + " had no more than " + inFlight + " in flight, to be lost " + fault.losses()
                        + " times: at most " + most + " were to be expected");
    }

    /** The nodes that it names, or whose wires; all where it harms what they share. */
    private List<String> hurt(Fault fault) {
        List<String> ids = world.nodes().ids();
        List<String> named = ids.stream()
                .filter(id -> fault.harms().stream().anyMatch(what -> what.equals(id) || what.startsWith(id + " ")))
                .toList();
        boolean all = fault.harms().stream()
                .anyMatch(what -> ids.stream().noneMatch(id -> what.equals(id) || what.startsWith(id + " ")));
        return all ? ids : named;
    }

    private List<Off> newOffs() {
        List<Off> all = world.load().book().offs();
        List<Off> since = all.subList(offsBefore, all.size());
        offsBefore = all.size();
        return since;
    }

    /** What was paid and what was cancelled by the account of those who wrote it, not by ours. */
    private List<String> book() {
        List<String> broken = new ArrayList<>();
        OrderBook.Tally tally = world.load().book().tally();
        if (tally.wrong() > wrongBefore) {
            broken.add("Merchants were told of " + (tally.wrong() - wrongBefore)
                    + " events that never happened, one of order "
                    + world.load().book().anyWrong());
            wrongBefore = tally.wrong();
        }
        long dead = deadRemoved
                + hopeless.waiting()
                + tables.number(
                        "SELECT COUNT(*) FROM notifications WHERE state = 'DEAD' AND order_id < ?", Markers.FIRST);
        if (tally.missing() - dead > missingBefore) {
            broken.add(
                    "LOST: " + (tally.missing() - dead - missingBefore) + " events that merchants never heard of, one"
                            + " of order " + world.load().book().anyMissing());
            missingBefore = tally.missing() - dead;
        }
        long rejected = world.merchant().stats().rejected();
        if (rejected > rejectedBefore) {
            broken.add((rejected - rejectedBefore) + " requests had no valid signature or no usable id");
            rejectedBefore = rejected;
        }
        return broken;
    }

    /** Notifications that were told twice, of those that are still there. */
    Set<Long> toldTwice() {
        Set<Long> twice = new HashSet<>();
        world.merchant().forEachDelivery(delivery -> {
            if (delivery.acceptances() > 1 && isThere(delivery.id())) {
                twice.add(delivery.id());
            }
        });
        return twice;
    }

    /** For a look by people. */
    String resources() {
        return resources.told();
    }

    /**
     * Forgets what was found by now: the next check is of what comes.
     *
     * @param clouded whether what was written down looks wrong to a check that forgives nothing, as the next one may be
     */
    void close(boolean good, boolean clouded) {
        toldTwiceBefore.addAll(toldTwice());
        if (clouded || good && tables.number("SELECT COUNT(*) FROM orders") > MOST_ORDERS) {
            remove();
        }
    }

    private void remove() {
        deadRemoved += hopeless.waiting();
        deadRemoved += tables.number(
                "SELECT COUNT(*) FROM notifications WHERE state = 'DEAD' AND order_id < ?", Markers.FIRST);
        generatedFrom = 1 + tables.number("SELECT COALESCE(MAX(id), 0) FROM orders WHERE id < ?", Markers.FIRST);
        markersFrom = world.markers().next();
        for (String table :
                List.of("notification_attempts", "notifications", "order_status_logs", "set_aside", "orders")) {
            int removed;
            do {
                removed = tables.execute("DELETE FROM " + table + " LIMIT 5000");
            } while (removed > 0);
        }
    }
}

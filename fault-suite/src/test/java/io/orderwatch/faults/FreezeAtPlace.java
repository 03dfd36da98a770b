package io.orderwatch.faults;

import io.orderwatch.stack.merchant.Behaviour;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A node stands still at a place of its program for so long that others have its shards and its claims, and wakes up
 * there, with the permission in its hands that it had when it fell asleep.
 */
final class FreezeAtPlace implements Fault {

    private static final Duration COMES_BY = Duration.ofSeconds(60);
    /** By then merchants have read what was sent. */
    private static final Duration ARRIVES = Duration.ofSeconds(1);

    private static final Behaviour REFUSES = Behaviour.parse("fail=500");
    private static final Behaviour SLOW = Behaviour.parse("slow=2000");

    private final World world;
    private final Place place;
    private final String victim;
    private final LeftBehind leftBehind;
    private boolean frozen;
    private boolean stoodThere;
    private long since;
    private long takenMeanwhile;
    private long firstMarker;
    private long endMarker;

    /** Where it stands, and until when. */
    enum Place {
        /** A transaction that would notice orders has begun: until others own its shards. */
        BEFORE_FENCE("before-fence"),
        /** It has claimed what it has not sent: until others own its shards, and its claims are over. */
        AFTER_CLAIM("after-claim"),
        /** A merchant said no, and that is not written down: until another one is sending it again. */
        AFTER_REFUSAL("after-refusal");

        private final String text;

        Place(String text) {
            this.text = text;
        }

        /** As the program calls it. */
        String text() {
            return text;
        }
    }

    FreezeAtPlace(World world, Place place, String victim) {
        this.world = world;
        this.place = place;
        this.victim = victim;
        this.leftBehind = new LeftBehind(world);
    }

    @Override
    public String what() {
        return "SIGSTOP of " + victim + " at " + place.text();
    }

    @Override
    public Set<String> harms() {
        return Set.of(victim);
    }

    @Override
    public Duration lasts() {
        return Duration.ZERO;
    }

    @Override
    public boolean blurs() {
        return true;
    }

    @Override
    public Optional<Set<Long>> mayBeTwice() {
        return Optional.of(leftBehind.sent());
    }

    @Override
    public void inject() throws Exception {
        since = System.currentTimeMillis();
        if (place == Place.AFTER_REFUSAL) {
            world.merchant().behave(Markers.merchant(), REFUSES);
        }
        if (place != Place.AFTER_CLAIM) {
            // what it is to have in hand when it stands still
            firstMarker = world.markers()
                    .write(world.tables().numbers("SELECT shard FROM shard_leases WHERE node = ?", victim));
            endMarker = world.markers().next();
        }
        if (place == Place.AFTER_REFUSAL) {
            // by then they are tried again and again, and it is their refusal that it comes to first
            World.pass(ARRIVES);
        }
        world.killPoints().hold(victim, place.text());
        if (!within(COMES_BY, Duration.ofMillis(2), () -> world.killPoints().waits(victim, place.text()))) {
            return;
        }
        frozen = true;
        world.nodes().freeze(victim);
        leftBehind.ended(victim);
        if (place == Place.AFTER_REFUSAL) {
            // so that it is still being sent again when the first sender wakes up
            world.merchant().behave(Markers.merchant(), SLOW);
        }
        World.pass(ARRIVES);
        leftBehind.settle();
        stoodThere = within(World.PATIENCE, Duration.ofMillis(100), this::othersHaveIt);
        takenMeanwhile = taken();
        if (place == Place.BEFORE_FENCE) {
            // others have dealt with them, and they change again: who wakes up now finds them as it left them
            world.tables()
                    .execute(
                            "UPDATE orders SET status = 'COMPLETED', completed_at = UTC_TIMESTAMP(3)"
                                    + " WHERE id >= ? AND id < ?",
                            firstMarker,
                            endMarker);
        }
        thaw();
        // what it does with what it held it does at once
        World.pass(Duration.ofSeconds(2));
        world.behaveAsEver();
    }

    private static boolean within(Duration most, Duration poll, BooleanSupplier condition) {
        try {
            Awaitility.await().atMost(most).pollInterval(poll).until(condition::getAsBoolean);
            return true;
        } catch (ConditionTimeoutException never) {
            return false;
        }
    }

    private boolean othersHaveIt() {
        return switch (place) {
            case BEFORE_FENCE -> taken() > 0 && owned() == 0 && world.markers().unswept(firstMarker, endMarker) == 0;
            case AFTER_CLAIM ->
                owned() == 0
                        && world.tables()
                                        .number(
                                                "SELECT COUNT(*) FROM notifications WHERE state = 'SENDING'"
                                                        + " AND held = 0 AND claimed_by = ?",
                                                victim)
                                == 0;
            case AFTER_REFUSAL ->
                leftBehind.sent().stream()
                        .filter(id -> id >= firstMarker * Checker.NOTIFICATIONS_PER_ORDER)
                        .anyMatch(id -> world.tables()
                                        .number(
                                                "SELECT COUNT(*) FROM notifications WHERE id = ?"
                                                        + " AND state = 'SENDING' AND claimed_by <> ?",
                                                id,
                                                victim)
                                == 1);
        };
    }

    private long owned() {
        return world.tables().number("SELECT COUNT(*) FROM shard_leases WHERE node = ?", victim);
    }

    private long taken() {
        return world.takenOver(victim, since);
    }

    private void thaw() {
        world.nodes().thaw(victim);
        frozen = false;
    }

    @Override
    public void heal() throws IOException {
        world.killPoints().disarm(victim);
        if (frozen) {
            thaw();
        }
        world.behaveAsEver();
    }

    @Override
    public Optional<String> proof() {
        if (!stoodThere || takenMeanwhile == 0) {
            return Optional.empty();
        }
        return Optional.of(
                "when it woke up " + takenMeanwhile + " of its shards had been taken over; it had claimed and"
                        + " not sent " + leftBehind.unsent().size() + ", and sent "
                        + leftBehind.sent().size());
    }
}

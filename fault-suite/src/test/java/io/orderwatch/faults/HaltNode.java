package io.orderwatch.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A node ends by itself, without a word, at a place of its program. Nothing else is wrong, and it is known what it was
 * sending at that moment, so that no more than that may be told twice.
 */
final class HaltNode implements Fault {

    /** It comes to its place within this, or the run proves nothing. */
    private static final Duration COMES_BY = Duration.ofSeconds(60);

    /** By then merchants have read what was sent; the least that is left of a claim is three times that. */
    private static final Duration ARRIVES = Duration.ofSeconds(1);

    private final World world;
    private final Place place;
    private final String victim;
    private final Optional<String> killedBefore;
    private final LeftBehind leftBehind;
    private boolean ended;
    private long endedAt;
    private long granted;
    private long leaseLeft;
    private long firstMarker;
    private long endMarker;

    /** A place of the program, and what shows that the node was there. */
    enum Place {
        AFTER_CLAIM_AT_BIRTH("after-claim-at-birth"),
        AFTER_CLAIM("after-claim"),
        BEFORE_SEND("before-send"),
        AFTER_ANSWER("after-answer"),
        AFTER_EPOCH_RAISED("after-epoch-raised"),
        BETWEEN_RENEWAL_AND_WORK("between-renewal-and-work");

        private final String text;

        Place(String text) {
            this.text = text;
        }

        /** As the program calls it. */
        String text() {
            return text;
        }
    }

    /** @param killedBefore a node that is killed first, so that the victim comes to its place; empty: it does anyway */
    HaltNode(World world, Place place, String victim, Optional<String> killedBefore) {
        this.world = world;
        this.place = place;
        this.victim = victim;
        this.killedBefore = killedBefore;
        this.leftBehind = new LeftBehind(world);
    }

    @Override
    public String what() {
        return victim + " ends at " + place.text()
                + killedBefore.map(other -> ", after kill -9 of " + other).orElse("");
    }

    @Override
    public Set<String> harms() {
        return Set.copyOf(victims());
    }

    private List<String> victims() {
        List<String> victims = new ArrayList<>(List.of(victim));
        killedBefore.ifPresent(victims::add);
        return victims;
    }

    @Override
    public Duration lasts() {
        return Duration.ofSeconds(3);
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
        long since = System.currentTimeMillis();
        world.killPoints().arm(victim, place.text());
        killedBefore.ifPresent(other -> {
            world.nodes().kill(other);
            leftBehind.ended(other);
        });
        try {
            Awaitility.await(what())
                    .atMost(COMES_BY)
                    .pollInterval(Duration.ofMillis(5))
                    .until(this::gone);
        } catch (ConditionTimeoutException itNeverCameThere) {
            return;
        }
        ended = world.killPoints().ended(victim, place.text());
        leaseLeft = world.tables()
                .number(
                        "SELECT COALESCE(MAX(TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), lease_until)) DIV 1000, 0)"
                                + " FROM node_leases WHERE node = ? AND denied = 0",
                        victim);
        leftBehind.ended(victim);
        granted = world.tables()
                .number("SELECT COUNT(*) FROM shard_epochs WHERE granted_at >= FROM_UNIXTIME(? / 1000)", since);
        Set<Long> shards = new HashSet<>(world.tables()
                .numbers(
                        "SELECT shard FROM shard_epochs e WHERE granted_at >= FROM_UNIXTIME(? / 1000)"
                                + " UNION SELECT shard FROM shard_leases WHERE node = ?",
                        since,
                        victim));
        firstMarker = world.markers().write(shards);
        endMarker = world.markers().next();
        World.pass(ARRIVES);
        leftBehind.settle();
    }

    /** Who waits for a process that is no child of ours may hear of its end seconds later. */
    private boolean gone() throws IOException {
        if (endedAt == 0 && world.killPoints().ended(victim, place.text())) {
            endedAt = System.currentTimeMillis();
        }
        try {
            String stat = Files.readString(
                    Path.of("/proc", Long.toString(world.nodes().pid(victim)), "stat"));
            return stat.substring(stat.lastIndexOf(')')).startsWith(") Z");
        } catch (IOException ended) {
            return true;
        }
    }

    @Override
    public void heal() throws IOException {
        world.killPoints().disarm(victim);
        if (endMarker > firstMarker) {
            Awaitility.await("others sweep the shards of " + what())
                    .atMost(World.PATIENCE)
                    .pollInterval(Duration.ofMillis(100))
                    .until(() -> world.markers().unswept(firstMarker, endMarker) == 0);
            world.figures()
                    .add(
                            "end at " + place.text() + ": last of its shards swept elsewhere after (ms)",
                            world.markers().lastSwept(firstMarker, endMarker) - endedAt);
        }
        if (ended) {
            Awaitility.await("the processes of " + victims() + " are gone")
                    .atMost(World.PATIENCE)
                    .until(() -> world.nodes().dead().containsAll(victims()));
        }
        List<String> dead = world.nodes().dead();
        world.nodes().start(victims().stream().filter(dead::contains).toList());
    }

    @Override
    public Optional<String> proof() {
        if (!ended) {
            return Optional.empty();
        }
        int unsent = leftBehind.unsent().size();
        String had = "it had claimed and not sent " + unsent + ", and sent "
                + leftBehind.sent().size() + ", of which " + leftBehind.accepted() + " were accepted";
        return switch (place) {
            case AFTER_CLAIM_AT_BIRTH, AFTER_CLAIM, BEFORE_SEND -> unsent == 0 ? Optional.empty() : Optional.of(had);
            case AFTER_ANSWER -> leftBehind.accepted() == 0 ? Optional.empty() : Optional.of(had);
            case AFTER_EPOCH_RAISED ->
                granted == 0
                        ? Optional.empty()
                        : Optional.of(granted + " epochs had been raised that nobody had heard of; " + had);
            case BETWEEN_RENEWAL_AND_WORK ->
                leaseLeft <= 0 ? Optional.empty() : Optional.of("its lease ran on for " + leaseLeft + " ms; " + had);
        };
    }
}

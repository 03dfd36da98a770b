package io.orderwatch.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Orders flow; something happens; it is healed; it is quiet; everything is looked at. For one thread. */
final class Run {

    private static final Logger LOG = LoggerFactory.getLogger(Run.class);

    private static final Duration STEADY = Duration.ofSeconds(1);
    /** By then there is as much to be told a second as there will be. */
    private static final Duration UNDER_WAY = Duration.ofSeconds(12);

    /** What goes on goes on as ever, but for a moment; a slow machine has its share of that. Half of it is a stop. */
    private static final double LEAST_SHARE = 50;

    private static final Duration AFTERWARDS = Duration.ofSeconds(1);

    private final World world;
    private final Checker checker;

    /**
     * @param proof what shows that the fault bit; empty: it did not, and the run is INVALID
     * @param broken what is not as it must be, a sentence each
     */
    record Verdict(Optional<String> proof, List<String> broken) {

        boolean good() {
            return broken.isEmpty();
        }

        boolean valid() {
            return proof.isPresent();
        }
    }

    Run(World world, Checker checker) {
        this.world = world;
        this.checker = checker;
    }

    /** @param keepsGoing names the figure for how much of the work goes on meanwhile; empty: none */
    Verdict of(Fault fault, Optional<String> keepsGoing) throws Exception {
        long begun = System.nanoTime();
        LOG.info("{}", fault.what());
        List<String> broken = new ArrayList<>();
        world.inFlight().forget();
        Optional<String> proof = Optional.empty();
        world.load().begin();
        world.byHand().begin();
        try {
            World.pass(keepsGoing.isPresent() ? UNDER_WAY : STEADY);
            try {
                fault.inject();
                if (keepsGoing.isPresent()) {
                    long told = told();
                    long due = due();
                    World.pass(fault.lasts());
                    double share = 100.0 * (told() - told) / Math.max(1, due() - due);
                    world.figures().add(keepsGoing.get(), share);
                    LOG.info("   {} % of what was due was told meanwhile", Math.round(share));
                    if (share < LEAST_SHARE) {
                        broken.add("Work did not go on: only " + share + " % of what was due was told meanwhile");
                    }
                } else {
                    World.pass(fault.lasts());
                }
            } finally {
                fault.heal();
            }
            World.pass(AFTERWARDS);
            proof = fault.proof();
        } finally {
            world.byHand().end();
            world.load().end();
        }
        long healed = System.nanoTime();
        world.awaitWhole();
        long whole = System.nanoTime();
        broken.addAll(checker.broken(fault));
        int twice = checker.toldTwice().size();
        checker.close(broken.isEmpty(), fault.blurs());
        LOG.info(
                "   {} after {} s (whole in {} s, at rest in {} s): {}; {} told twice; {}",
                broken.isEmpty() ? proof.isPresent() ? "good" : "INVALID" : "BROKEN",
                seconds(begun, System.nanoTime()),
                seconds(healed, whole),
                seconds(whole, System.nanoTime()),
                proof.orElse("nothing shows that it bit"),
                twice,
                checker.resources());
        broken.forEach(sentence -> LOG.error("   {}", sentence));
        return new Verdict(proof, broken);
    }

    private static long seconds(long from, long to) {
        return Duration.ofNanos(to - from).toSeconds();
    }

    private long told() {
        return world.load().book().progress().told();
    }

    private long due() {
        return world.load().book().progress().due();
    }
}

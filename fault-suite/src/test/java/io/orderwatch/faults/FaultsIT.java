package io.orderwatch.faults;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.orderwatch.faults.Catalogue.Entry;
import io.orderwatch.faults.Run.Verdict;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.opentest4j.TestAbortedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One cluster, many faults, one after the other; after each everything must be as if nothing had happened. See
 * docs/faults.md for the properties that choose them.
 */
@TestInstance(Lifecycle.PER_CLASS)
class FaultsIT {

    private static final Logger LOG = LoggerFactory.getLogger(FaultsIT.class);

    private static final Duration UNTOUCHED = Duration.ofSeconds(10);

    private final Choice choice = Choice.ofSystemProperties();
    private final Map<String, Integer> bitten = new TreeMap<>();
    private final List<String> invalid = new ArrayList<>();
    private final List<String> leftOut = new ArrayList<>();
    private World world;
    private Run run;
    private Catalogue catalogue;

    @BeforeAll
    void start() throws Exception {
        LOG.info("The seed is {}: replay with -Dfaults.seed={}", choice.seed(), choice.seed());
        world = new World(
                Path.of("target", "faults"), choice.tick(), choice.nodes(), choice.ordersPerSecond(), choice.seed());
        world.awaitWhole();
        run = new Run(world, new Checker(world));
        catalogue = new Catalogue(world);
    }

    @AfterAll
    void stop() throws Exception {
        LOG.info("Seed {}. Faults that bit: {}; INVALID: {}; left out: {}", choice.seed(), bitten, invalid, leftOut);
        if (world != null) {
            LOG.info("{} notifications were retried by hand", world.byHand().answered());
            LOG.info("Figures:\n{}", world.figures().table());
            world.close();
        }
    }

    @TestFactory
    Stream<DynamicTest> faults() {
        long end = System.nanoTime() + choice.time().toNanos();
        Stream<DynamicTest> tests = choice.entries(catalogue.entries()).stream()
                .map(entry -> DynamicTest.dynamicTest(entry.name(), () -> {
                    if (System.nanoTime() - end > 0) {
                        leftOut.add(entry.name());
                        throw new TestAbortedException("LEFT OUT: the time that was given is over");
                    }
                    run(entry);
                }));
        return Stream.concat(
                Stream.concat(Stream.of(DynamicTest.dynamicTest("nothing", this::runNothing)), tests),
                Stream.of(DynamicTest.dynamicTest(
                        "most_faults_bit",
                        () -> assertTrue(invalid.size() <= bitten.size(), "faults that did nothing: " + invalid))));
    }

    /**
     * No fault at all: what is found broken after it is a mistake of the suite, or of a cluster that nobody touched. It
     * leaves the JVMs of the nodes, and the suite's own, with the work of every day behind them, so that the figures are
     * those of the faults and not of a cold start.
     */
    private void runNothing() throws Exception {
        Fault nothing = new Act("nothing, for " + UNTOUCHED.toSeconds() + " s", Set.of(), false, () -> {
            World.pass(UNTOUCHED);
            return Optional.of("nothing happened");
        });
        Verdict verdict = run.of(nothing, Optional.empty());
        assertTrue(verdict.good(), "without any fault:\n" + String.join("\n", verdict.broken()));
    }

    private void run(Entry entry) throws Exception {
        // whoever leads by now, and is to be the victim, is asked for only when all are there
        world.awaitWhole();
        Fault fault = entry.maker().make(choice.random(entry.name()));
        Optional<String> figure = entry.keepsGoing()
                ? Optional.of("share of what was due that was told during " + entry.name() + " (%)")
                : Optional.empty();
        Verdict verdict = run.of(fault, figure);
        if (!verdict.good()) {
            fail(fault.what() + ", seed " + choice.seed() + ":\n" + String.join("\n", verdict.broken()));
        }
        if (!verdict.valid()) {
            invalid.add(entry.name());
            throw new TestAbortedException("INVALID: nothing shows that it bit: " + fault.what());
        }
        bitten.merge(entry.name(), 1, Integer::sum);
    }
}

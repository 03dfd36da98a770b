package io.orderwatch.faults;

import io.orderwatch.faults.Catalogue.Entry;
import io.orderwatch.stack.StackException;
import io.orderwatch.stack.cluster.Cluster;
import io.orderwatch.stack.cluster.ClusterSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.awaitility.Awaitility;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What people do to a cluster. */
final class OperatorFaults {

    private static final Logger LOG = LoggerFactory.getLogger(OperatorFaults.class);

    private static final Duration WHILE = Duration.ofSeconds(6);

    private final World world;

    OperatorFaults(World world) {
        this.world = world;
    }

    List<Entry> entries() {
        return List.of(
                Entry.of("drain-one", random -> drain(any(random))),
                Entry.of("bad-settings", random -> badSettings()),
                Entry.of("retries-by-hand", random -> retries(any(random))),
                Entry.of("started-twice", random -> startedTwice(any(random))),
                Entry.of("same-id-on-another-host", random -> intruder(true)),
                Entry.of("another-installation-on-the-same-path", random -> intruder(false)));
    }

    private String any(Random random) {
        List<String> ids = world.nodes().ids();
        return ids.get(random.nextInt(ids.size()));
    }

    private Fault drain(String victim) {
        return new Act("drain of " + victim + ", and undone", Set.of(victim), false, () -> {
            long first;
            long end;
            try (Pulse pulse = new Pulse(world.markers(), ClusterSettings.SHARDS)) {
                first = pulse.first();
                int code = world.nodes().run(victim, "drain.sh");
                World.pass(Duration.ofMillis(800));
                if (code != 0) {
                    throw new AssertionError("bin/drain.sh ended with " + code);
                }
                end = pulse.end();
            } finally {
                world.nodes().run(victim, "drain.sh", "--undo");
            }
            long left = world.tables().number("SELECT COUNT(*) FROM shard_leases WHERE node = ?", victim);
            Awaitility.await("all shards are swept")
                    .atMost(World.PATIENCE)
                    .until(() -> world.markers().unswept(first, end) == 0);
            world.figures()
                    .add(
                            "drain: longest time that an order of any shard waits for a sweep (ms)",
                            world.markers().longestWait(first, end));
            return Optional.of("it had " + left + " shards left");
        });
    }

    private Fault badSettings() {
        return new Act("settings of jobs that make no sense", Set.of("settings"), false, () -> {
            try {
                world.tables().execute("UPDATE job_settings SET interval_ms = -5 WHERE job = 'order-scan'");
                world.tables()
                        .execute("UPDATE job_settings SET interval_ms = NULL, cron = 'every now and then'"
                                + " WHERE job = 'notify-retry'");
                Awaitility.await("both are refused").atMost(World.PATIENCE).until(() -> refused() == 2);
                World.pass(WHILE);
            } finally {
                world.tables().execute("UPDATE job_settings SET interval_ms = 500 WHERE job = 'order-scan'");
                world.tables()
                        .execute("UPDATE job_settings SET interval_ms = 1000, cron = NULL WHERE job = 'notify-retry'");
            }
            Awaitility.await("both are taken again").atMost(World.PATIENCE).until(() -> refused() == 0);
            return Optional.of("both were refused, with the reason in the row");
        });
    }

    private long refused() {
        return world.tables().number("SELECT COUNT(*) FROM job_settings WHERE rejected IS NOT NULL");
    }

    private Fault retries(String through) {
        return new Act("retries by hand of what is being sent", Set.of("retries"), false, () -> {
            List<Integer> codes = new ArrayList<>();
            for (String order : world.tables()
                    .texts("SELECT o.order_no FROM notifications n JOIN orders o ON o.id = n.order_id"
                            + " WHERE n.state IN ('SENDING', 'READY') ORDER BY n.id DESC LIMIT 4")) {
                codes.add(world.nodes().run(through, "retry-notify.sh", order));
            }
            return codes.isEmpty() ? Optional.empty() : Optional.of("they ended with " + codes);
        });
    }

    private Fault startedTwice(String victim) {
        return new Act("bin/start.sh of " + victim + ", which runs", Set.of("start"), false, () -> {
            long before = world.nodes().pid(victim);
            world.nodes().start(List.of(victim));
            return before == world.nodes().pid(victim) ? Optional.of("it is the same process still") : Optional.empty();
        });
    }

    /** It may not get ready, and harms nobody. */
    private Fault intruder(boolean sameSchema) {
        return new Act(
                sameSchema
                        ? "a second node-1 is started from another folder"
                        : "node-1 of another installation is started on the same path of ZooKeeper",
                Set.of("intruder"),
                false,
                () -> {
                    try (Cluster intruder = world.intruder(sameSchema)) {
                        try {
                            intruder.launch("node-1");
                            World.pass(WHILE);
                        } catch (StackException ended) {
                            LOG.info("   it ended at once: {}", ended.getMessage());
                            return Optional.of("it ended at once");
                        }
                        boolean lives = intruder.dead().isEmpty();
                        if (lives) {
                            intruder.kill("node-1");
                        }
                        return Optional.of(lives ? "it went on trying, and was killed" : "it ended by itself");
                    }
                });
    }
}

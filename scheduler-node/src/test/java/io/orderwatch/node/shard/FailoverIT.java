package io.orderwatch.node.shard;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.dao.TestDatabase;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How long shards are without an owner: {@code -Dfailover.rounds=20 -Dfailover.bound=3000} on an idle machine. */
@ExtendWith(StackExtension.class)
class FailoverIT {

    private static final int SHARDS = 64;
    /** For a machine that is busy with something else. */
    private static final long BOUND_MS = Long.getLong("failover.bound", 10_000);

    private static final int ROUNDS = Integer.getInteger("failover.rounds", 3);

    @Test
    void shards_of_a_killed_node_are_soon_owned_again(Stack stack) {
        List<Long> followers = new ArrayList<>();
        List<Long> leaders = new ArrayList<>();
        try (Cluster cluster = new Cluster(stack)) {
            for (int round = 0; round < 2 * ROUNDS; round++) {
                boolean leader = round % 2 == 0;
                cluster.awaitLeader();
                TestNode victim = cluster.nodes.stream()
                        .filter(node -> node.shards.leads() == leader)
                        .findFirst()
                        .orElseThrow();
                // not always at the same moment between two renewals and two pings
                cluster.pause(Duration.ofMillis(137L * round % 1000));
                cluster.nodes.remove(victim);
                long killedAt = System.nanoTime();
                victim.kill();
                cluster.awaitAllOwned();
                (leader ? leaders : followers).add((System.nanoTime() - killedAt) / 1_000_000);
                victim.close();
                cluster.start("node-" + (round + 3));
                cluster.awaitBalance();
            }
        }
        say("a follower was killed", followers);
        say("the leader was killed", leaders);
        assertTrue(median(followers) <= BOUND_MS && median(leaders) <= BOUND_MS);
    }

    @Test
    void shard_that_is_handed_over_is_hardly_without_an_owner(Stack stack) throws Exception {
        List<Long> gaps = new ArrayList<>();
        try (Cluster cluster = new Cluster(stack)) {
            for (int round = 0; round < 2 * ROUNDS; round++) {
                TestNode leaving = cluster.nodes.remove(0);
                GapWatch watch = new GapWatch(cluster.nodes, leaving);
                watch.start();
                assertTrue(leaving.shards.drain(Duration.ofSeconds(10)));
                cluster.awaitBalance();
                gaps.add(watch.longestGapMillis());
                leaving.close();
                cluster.start("node-" + (round + 3));
                cluster.awaitBalance();
            }
        }
        say("a node was drained", gaps);
        assertTrue(median(gaps) <= BOUND_MS);
    }

    private static void say(String what, List<Long> millis) {
        List<Long> sorted = millis.stream().sorted().toList();
        System.out.printf(
                "Shards without an owner when %s: min %d, median %d, p99 %d, max %d ms over %d%n",
                what,
                sorted.get(0),
                median(millis),
                sorted.get((int) Math.ceil(0.99 * sorted.size()) - 1),
                sorted.get(sorted.size() - 1),
                sorted.size());
    }

    private static long median(List<Long> millis) {
        return millis.stream().sorted().toList().get(millis.size() / 2);
    }

    /** Samples which shards nobody owns. */
    private static final class GapWatch extends Thread {
        private final List<TestNode> nodes;
        private volatile boolean stopped;
        private long longest;

        GapWatch(List<TestNode> staying, TestNode leaving) {
            super("gap-watch");
            this.nodes = new ArrayList<>(staying);
            nodes.add(leaving);
            setDaemon(true);
        }

        @Override
        public void run() {
            long[] missingSince = new long[SHARDS];
            while (!stopped) {
                long now = System.nanoTime();
                for (int shard = 0; shard < SHARDS; shard++) {
                    int number = shard;
                    boolean owned = nodes.stream()
                            .anyMatch(node ->
                                    node.shards.ownership().epoch(number).isPresent());
                    if (owned) {
                        missingSince[shard] = 0;
                    } else if (missingSince[shard] == 0) {
                        missingSince[shard] = now;
                    } else {
                        longest = Math.max(longest, now - missingSince[shard]);
                    }
                }
                try {
                    Thread.sleep(2);
                } catch (InterruptedException e) {
                    return;
                }
            }
        }

        long longestGapMillis() throws InterruptedException {
            stopped = true;
            join(1000);
            return longest / 1_000_000;
        }
    }

    private static final class Cluster implements AutoCloseable {
        private final TestZooKeeper zookeeper = new TestZooKeeper();
        private final TestDatabase db;
        private final List<TestNode> nodes = new ArrayList<>();

        Cluster(Stack stack) {
            db = TestDatabase.create(stack);
            for (int i = 0; i < 3; i++) {
                start("node-" + i);
            }
            awaitBalance();
        }

        void start(String id) {
            nodes.add(new TestNode(id, zookeeper, db, SHARDS));
        }

        void awaitAllOwned() {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> owned().size() == SHARDS);
        }

        void awaitBalance() {
            try {
                Awaitility.await()
                        .atMost(Duration.ofSeconds(60))
                        .pollInterval(Duration.ofMillis(10))
                        .until(() -> owned().size() == SHARDS
                                && nodes.stream()
                                        .allMatch(node -> node.shards.status().ready()
                                                && node.shards.shards().size() >= SHARDS / nodes.size()));
            } catch (ConditionTimeoutException e) {
                StringBuilder what = new StringBuilder("not balanced:");
                nodes.forEach(node -> what.append(' ')
                        .append(node.id)
                        .append(node.shards.status())
                        .append(node.shards.shards()));
                throw new AssertionError(what.toString(), e);
            }
        }

        void awaitLeader() {
            Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> nodes.stream()
                    .anyMatch(node -> node.shards.leads()));
        }

        void pause(Duration duration) {
            Awaitility.await().pollDelay(duration.plusMillis(1)).until(() -> true);
        }

        private Set<Integer> owned() {
            Set<Integer> owned = new HashSet<>();
            for (TestNode node : nodes) {
                for (int shard : node.shards.shards()) {
                    if (node.shards.ownership().epoch(shard).isPresent()) {
                        owned.add(shard);
                    }
                }
            }
            return owned;
        }

        @Override
        public void close() {
            nodes.forEach(TestNode::close);
            zookeeper.close();
            db.close();
        }
    }
}

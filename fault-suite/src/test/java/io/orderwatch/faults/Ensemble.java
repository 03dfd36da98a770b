package io.orderwatch.faults;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooKeeper;

/** Looks into ZooKeeper past all links. Safe for use by many threads. */
final class Ensemble {

    private static final Duration SESSION = Duration.ofSeconds(10);

    /** As {@code ZooKeeperServer} has it. */
    private static final long SERVERS_SECRET = 0XB3415C00L;

    private static final int PASSWORD_BYTES = 16;

    private final String connect;
    private final String base;

    /** @param cluster its name */
    Ensemble(String connect, String cluster) {
        this.connect = connect;
        this.base = "/orderwatch/" + cluster;
    }

    /** The node that is first in the election; empty if there is none, or the ensemble has no quorum. */
    Optional<String> leader() {
        return ask(client -> {
            List<String> places = client.getChildren(base + "/leader", false);
            places.sort(Comparator.comparing(place -> place.substring(place.lastIndexOf('-') + 1)));
            return places.isEmpty()
                    ? Optional.empty()
                    : Optional.of(text(client.getData(base + "/leader/" + places.get(0), false, null)));
        });
    }

    /** Of the last leadership; empty if the ensemble has no quorum. */
    Optional<Long> leaderEpoch() {
        return ask(client -> Optional.of(Long.valueOf(text(client.getData(base + "/leader-epoch", false, null)))));
    }

    /**
     * Ends the session of a node's membership from elsewhere, as if the servers had not heard of the node in time.
     *
     * @return whether there was one
     */
    boolean expire(String node) throws IOException, InterruptedException {
        Optional<Long> session = ask(client -> Optional.ofNullable(client.exists(base + "/members/" + node, false))
                .map(stat -> stat.getEphemeralOwner()));
        if (session.isEmpty()) {
            return false;
        }
        CountDownLatch connected = new CountDownLatch(1);
        ZooKeeper taken = new ZooKeeper(
                connect,
                Math.toIntExact(SESSION.toMillis()),
                event -> {
                    if (event.getState() == KeeperState.SyncConnected) {
                        connected.countDown();
                    }
                },
                session.get(),
                password(session.get()));
        try {
            return connected.await(SESSION.toSeconds(), TimeUnit.SECONDS);
        } finally {
            taken.close();
        }
    }

    /** The servers derive it from the session's number. */
    private static byte[] password(long session) {
        byte[] password = new byte[PASSWORD_BYTES];
        new Random(session ^ SERVERS_SECRET).nextBytes(password);
        return password;
    }

    private <T> Optional<T> ask(Question<T> question) {
        try (ZooKeeper client = new ZooKeeper(connect, Math.toIntExact(SESSION.toMillis()), event -> {})) {
            return question.ask(client);
        } catch (KeeperException | IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private static String text(byte[] data) {
        return new String(data, StandardCharsets.UTF_8);
    }

    @FunctionalInterface
    private interface Question<T> {
        Optional<T> ask(ZooKeeper client) throws KeeperException, InterruptedException;
    }
}

package io.orderwatch.faults;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooKeeper;

/** Looks into ZooKeeper past all links. Safe for use by many threads. */
final class Ensemble {

    private static final Duration SESSION = Duration.ofSeconds(10);

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

    /** The session of a node's membership, to be ended from elsewhere. */
    Optional<Long> session(String node) {
        return ask(client -> Optional.ofNullable(client.exists(base + "/members/" + node, false))
                .map(stat -> stat.getEphemeralOwner()));
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

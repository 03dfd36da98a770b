package io.orderwatch.dao.cluster;

import io.orderwatch.dao.Tx;
import java.time.Instant;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.UUID;

/** Facts of the installation, the database's own clock and version, and the audit log. Stateless. */
public final class ClusterStore {

    /** Number of shards that the schema was made with; empty when it is not recorded. */
    public OptionalInt shards(Tx tx) {
        String value = tx.mapper(ClusterMapper.class).setting("shards");
        return value == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(value));
    }

    /** What tells this installation from any other; made up at the first call ever. */
    public String installation(Tx tx) {
        ClusterMapper mapper = tx.mapper(ClusterMapper.class);
        mapper.settingIfAbsent("installation", UUID.randomUUID().toString());
        return Objects.requireNonNull(mapper.setting("installation"));
    }

    /**
     * The epoch of a new leadership: greater than any before it, also where ZooKeeper lost its data.
     *
     * @param atLeast an epoch that is known to have been used; 0 for none
     */
    public long nextLeaderEpoch(Tx tx, long atLeast) {
        ClusterMapper mapper = tx.mapper(ClusterMapper.class);
        mapper.settingIfAbsent("leader-epoch", "0");
        mapper.count("leader-epoch", atLeast);
        return Long.parseLong(Objects.requireNonNull(mapper.setting("leader-epoch")));
    }

    /** The clock that all nodes share. */
    public Instant databaseTime(Tx tx) {
        return tx.mapper(ClusterMapper.class).time();
    }

    /** As the server names it, such as {@code 11.4.5-MariaDB}. */
    public String version(Tx tx) {
        return tx.mapper(ClusterMapper.class).version();
    }

    /**
     * Writes down what somebody did by hand.
     *
     * @param actor {@code user@host}, or the id of the node that acted
     * @param action such as {@code retry}
     * @param subject what it was done to; longer texts are cut to their columns
     */
    public void audit(Tx tx, String actor, String action, String subject, String detail) {
        tx.mapper(ClusterMapper.class).audit(cut(actor, 128), cut(action, 64), cut(subject, 128), cut(detail, 512));
    }

    private static String cut(String text, int most) {
        return text.length() <= most ? text : text.substring(0, most);
    }
}

package io.orderwatch.node.shard;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who owns what, as the leader last wrote it to ZooKeeper.
 *
 * @param entries by shard; null: granted to nobody yet, or its owner has not said yet that it holds it
 * @param live ids of the nodes that are alive as far as the leader knows
 * @param out members that the leader has judged gone although their session lives: their lease is over or denied
 */
record Plan(Stamp stamp, List<@Nullable Entry> entries, Set<String> live, Set<Holder> out) {

    static final Plan NONE = new Plan(Stamp.NONE, List.of(), Set.of(), Set.of());

    Plan {
        entries = Collections.unmodifiableList(new ArrayList<>(entries));
        live = Set.copyOf(live);
        out = Set.copyOf(out);
    }

    /**
     * One shard.
     *
     * @param moving null: the holder may work on it
     */
    record Entry(Holder holder, long epoch, @Nullable Moving moving) {}

    /**
     * The shard is being taken from its holder.
     *
     * @param since the plan that first said so; an acknowledgement of an older one says nothing about it
     * @param next who is to get it; null: not known yet
     */
    record Moving(Stamp since, @Nullable String next) {}

    @Nullable Entry entry(int shard) {
        return shard < entries.size() ? entries.get(shard) : null;
    }

    /** Whether the two differ in nothing but their stamps. */
    boolean saysTheSameAs(Plan other) {
        return entries.equals(other.entries) && live.equals(other.live) && out.equals(other.out);
    }
}

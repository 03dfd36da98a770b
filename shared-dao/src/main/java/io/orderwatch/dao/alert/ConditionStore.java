package io.orderwatch.dao.alert;

import io.orderwatch.dao.Ids;
import io.orderwatch.dao.Tx;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** What incidents are judged by. Each look costs by what is wrong, or by the time span, never by what waits. Stateless. */
public final class ConditionStore {

    private static final DateTimeFormatter MINUTE =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:00").withZone(ZoneOffset.UTC);
    private static final long ALL_MERCHANTS = 0;

    /** By what merchants are the worst. */
    public enum Worst {
        NOT_ACCEPTED("SUM(m.tries) - SUM(m.accepted)"),
        UNANSWERED("SUM(m.unanswered)"),
        SLOW("SUM(m.millis) / SUM(m.tries)");

        private final String sql;

        Worst(String sql) {
            this.sql = sql;
        }
    }

    /** Adds what a node has seen since it last told, to the minute that it is now. */
    public void add(Tx tx, String node, Map<Long, Figures> byMerchant) {
        Figures all = byMerchant.values().stream().reduce(Figures.NONE, Figures::plus);
        if (all.tries() == 0) {
            return;
        }
        tx.batch(
                ConditionMapper.class,
                byMerchant.entrySet(),
                (mapper, each) -> mapper.add(each.getKey(), node, each.getValue()));
        tx.mapper(ConditionMapper.class).add(ALL_MERCHANTS, node, all);
    }

    /**
     * How all merchants together answered in the last whole minutes and the one that has begun.
     *
     * @param now by the database's clock
     */
    public Figures window(Tx tx, Instant now, Duration window) {
        String minutes = LongStream.rangeClosed(0, window.toMinutes())
                .mapToObj(back -> "'" + MINUTE.format(now.minus(back, ChronoUnit.MINUTES)) + "'")
                .collect(Collectors.joining(","));
        return tx.mapper(ConditionMapper.class).window(minutes);
    }

    /** The merchants that did worst in that time. */
    public List<MerchantFigures> worst(Tx tx, Duration window, Worst by, int limit) {
        return tx.mapper(ConditionMapper.class).worst(window.toSeconds(), by.sql, limit);
    }

    /**
     * How many notifications wait that are due.
     *
     * @param most beyond this it is not counted further
     */
    public int waiting(Tx tx, Collection<Integer> shards, int most) {
        return shards.isEmpty() ? 0 : tx.mapper(ConditionMapper.class).waiting(new Ids(shards), most);
    }

    /** Merchants in the slow lane, by id. */
    public List<SlowMerchant> slow(Tx tx, int limit) {
        return tx.mapper(ConditionMapper.class).slow(limit);
    }

    /** @param forget nodes that are gone for longer are not asked for any more */
    public List<LostNode> lost(Tx tx, Duration forget) {
        return tx.mapper(ConditionMapper.class).lost(forget.toSeconds());
    }

    /**
     * Changes of breakers from a while before the remembered position on: rows get their numbers before they are
     * committed, so a lower number may come to light after a higher one.
     *
     * @param again so many are given again
     */
    public List<BreakerNews> breakers(Tx tx, int again, int limit) {
        ConditionMapper mapper = tx.mapper(ConditionMapper.class);
        Long position = mapper.position();
        if (position == null) {
            mapper.startPosition();
        }
        return mapper.breakers(Math.max(0, (position == null ? 0 : position) - again), again + limit);
    }

    /** Remembers up to where changes of breakers were dealt with. */
    public void dealtWith(Tx tx, long lastBreakerChange) {
        tx.mapper(ConditionMapper.class).movePosition(lastBreakerChange);
    }
}

package io.orderwatch.dao.notification;

import io.orderwatch.dao.Ids;
import io.orderwatch.dao.Tx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What open breakers hold back, and the end of it. Stateless. */
public final class HeldBackStore {

    /**
     * Merchants that are on and none of whose endpoints (fallbacks aside) had its breaker closed for one moment in all that
     * time.
     */
    public List<Long> shut(Tx tx, Duration lately) {
        return tx.mapper(HeldBackMapper.class).shut(lately.toSeconds());
    }

    /**
     * Gives up what is parked of a merchant and has been due for so long: it is DEAD, where operators see it, and its
     * attempts say why. What somebody else has locked is left alone.
     *
     * @param node that gives it up
     * @param limit of first tries, and of others
     * @return how many were given up
     */
    public int giveUp(Tx tx, long merchantId, int shard, Duration due, String node, int limit) {
        HeldBackMapper mapper = tx.mapper(HeldBackMapper.class);
        List<Long> ids = new ArrayList<>();
        ids.addAll(mapper.lockHeldBack(shard, merchantId, due.toSeconds(), limit));
        ids.addAll(mapper.lockHeldBack(shard, -merchantId, due.toSeconds(), limit));
        if (ids.isEmpty()) {
            return 0;
        }
        String detail = "It was due for " + due.toHours() + " h, in which no endpoint of its merchant could be called";
        mapper.logGivenUp(new Ids(ids), node, detail);
        return mapper.giveUp(new Ids(ids));
    }
}

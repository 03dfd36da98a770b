package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.AttemptResult;
import io.orderwatch.dao.notification.ClaimedNotification;
import io.orderwatch.dao.notification.DueNotification;
import io.orderwatch.dao.notification.NewNotification;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What delivery asks of the database. Each call is one transaction; a server that is away is thrown. */
interface Outbox {

    /** Claims those of the notifications that are due, free, and in shards that are ours. */
    Claim claim(Collection<DueNotification> wanted, long token, Duration lease);

    /**
     * Writes results under the tokens of their claims, and sets aside those that cannot be sent.
     *
     * @param reasons by notification id; of notifications that are among the results, released
     * @return ids of those whose claim had passed to somebody else
     */
    Set<Long> record(List<AttemptResult> results, Map<Long, String> reasons);

    /** Ids of those that no switch forbids at this moment. */
    Set<Long> allowed(Collection<NewNotification> claimed);

    /** Whether a notification may still be sent under this claim, as the database has it at this moment. */
    boolean maySend(long id, long token);

    /**
     * What a claim came to.
     *
     * @param epochs of the shards of what was claimed
     * @param held how many were held instead, since a switch is off
     */
    record Claim(List<ClaimedNotification> claimed, Map<Integer, Long> epochs, int held) {

        static final Claim NONE = new Claim(List.of(), Map.of(), 0);
    }
}

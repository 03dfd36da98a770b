package io.orderwatch.job.alert;

import java.time.Duration;
import java.time.ZoneId;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What counts as an incident, and how it is told of.
 *
 * @param cluster name that messages begin with
 * @param language {@link Locale#ENGLISH} or {@link Locale#CHINESE}; any other is English
 * @param zone that times are told in
 * @param repeat time between two messages of an incident that lasts
 * @param giveUpAfter a message that no channel took so long is not sent any more
 * @param breakerOpened whether it is watched
 * @param slowMerchant whether it is watched; what is slow is a setting of delivery
 * @param queue null: not watched
 * @param successRate null: not watched
 * @param answerTime null: not watched
 * @param errorRate null: not watched
 * @param nodeLost a node that is gone for longer is not missed any more; null: not watched
 */
public record AlertSettings(
        String cluster,
        Locale language,
        ZoneId zone,
        Duration repeat,
        Duration giveUpAfter,
        boolean breakerOpened,
        boolean slowMerchant,
        @Nullable Queue queue,
        @Nullable Rate successRate,
        @Nullable AnswerTime answerTime,
        @Nullable Rate errorRate,
        @Nullable Duration nodeLost) {

    /**
     * Too much waits.
     *
     * @param above so many notifications are too many
     * @param hold for so long
     */
    public record Queue(int above, Duration hold) {}

    /**
     * A share of the tries is out of bounds.
     *
     * @param percent the bound
     * @param window looked at
     * @param minCount fewer tries say nothing
     */
    public record Rate(double percent, Duration window, int minCount) {}

    /**
     * Answers take too long.
     *
     * @param above on average
     * @param window looked at
     * @param minCount fewer tries say nothing
     */
    public record AnswerTime(Duration above, Duration window, int minCount) {}
}

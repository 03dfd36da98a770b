package io.orderwatch.dao.status;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The switches of some users, groups and strategies as they stood at one moment.
 *
 * @param users id to on or off; an id that is missing does not exist. The other maps likewise.
 * @param paymentWindows of the strategies that have their own
 */
public record Switches(
        Map<Long, Boolean> users,
        Map<Long, Boolean> groups,
        Map<Long, Boolean> strategies,
        Map<Long, Duration> paymentWindows) {

    /** Of nobody. */
    public static final Switches NONE = new Switches(Map.of(), Map.of(), Map.of(), Map.of());

    /** Whether anything of these is off; ids that do not exist do not count. */
    public boolean off(long userId, @Nullable Long groupId, @Nullable Long strategyId) {
        return isOff(users, userId) || isOff(groups, groupId) || isOff(strategies, strategyId);
    }

    /** Ids of that kind that are off. */
    List<Long> off(SwitchKind kind) {
        Map<Long, Boolean> all =
                switch (kind) {
                    case USER -> users;
                    case GROUP -> groups;
                    case STRATEGY -> strategies;
                };
        return all.entrySet().stream()
                .filter(each -> !each.getValue())
                .map(Map.Entry::getKey)
                .toList();
    }

    /** What these ids point to that does not exist, in words; empty when all exist. */
    public Optional<String> missing(long userId, @Nullable Long groupId, @Nullable Long strategyId) {
        if (!users.containsKey(userId)) {
            return Optional.of("user " + userId + " does not exist");
        }
        if (groupId != null && !groups.containsKey(groupId)) {
            return Optional.of("order group " + groupId + " does not exist");
        }
        if (strategyId != null && !strategies.containsKey(strategyId)) {
            return Optional.of("strategy " + strategyId + " does not exist");
        }
        return Optional.empty();
    }

    /** How long an order of the strategy may stay unpaid; empty: the default holds. */
    public Optional<Duration> paymentWindow(@Nullable Long strategyId) {
        return strategyId == null ? Optional.empty() : Optional.ofNullable(paymentWindows.get(strategyId));
    }

    private static boolean isOff(Map<Long, Boolean> switches, @Nullable Long id) {
        return id != null && Boolean.FALSE.equals(switches.get(id));
    }
}

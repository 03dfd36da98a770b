package io.orderwatch.dao.status;

/**
 * A switch that was flipped and has not taken effect.
 *
 * @param id of the user, group or strategy
 * @param userId whose it is
 * @param status what the operator wrote
 * @param seenStatus what is in effect
 */
public record Toggle(SwitchKind kind, long id, long userId, int shard, int status, int seenStatus) {

    /** Whether it is on now: 1 and nothing else. */
    public boolean on() {
        return status == 1;
    }
}

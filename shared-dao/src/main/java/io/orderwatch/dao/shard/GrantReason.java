package io.orderwatch.dao.shard;

/** Why a shard was granted. */
public enum GrantReason {
    /** Nobody owned it. */
    FREE,
    /** Its owner acknowledged that it stopped. */
    HANDOVER,
    /** Its owner's lease was denied and waited out. */
    TAKEOVER
}

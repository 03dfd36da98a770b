package io.orderwatch.node.shard;

/**
 * Where a node takes up and prolongs its lease.
 *
 * @see io.orderwatch.dao.DatabaseUnavailableException which each call may throw
 */
interface LeaseOffice {

    /**
     * An answer, and the local time from which the lease counts at the earliest.
     *
     * @param askedAt monotonic nanoseconds, taken before the statement was sent, so that the node's own deadline comes
     *     before the database's
     */
    record Answer(boolean granted, long askedAt) {}

    /** Refused while another incarnation of the node id holds a lease that is not over. */
    Answer join(long incarnation);

    /** Refused when the incarnation was denied or replaced. */
    Answer renew(long incarnation);

    /** The lease is over at once. */
    void leave(long incarnation);
}

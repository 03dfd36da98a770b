package io.orderwatch.node.jmx;

/**
 * What merchants are told, {@code io.orderwatch:type=Notifications}; any node answers for the whole cluster. Texts are
 * tables for a terminal. Whatever changes a row leaves one in {@code audit_log}.
 */
public interface NotificationsMXBean {

    /** All that happened to an order, the oldest first. */
    String why(String orderNo);

    /** Sends an order's undelivered notifications now. */
    String retry(String orderNo);

    /** Sends one notification now, such as {@code ow_18}, if it was not delivered. */
    String retryNotification(String id);

    /**
     * How many notifications were given up.
     *
     * @param merchantId 0: of all merchants
     * @param from such as {@code 2026-01-31T12:00:00Z}, of those that were given up then or later; empty: at any time
     * @param until before then; empty: at any time
     */
    long countDead(long merchantId, String from, String until);

    /** Has those tried again, and says how many: parameters as for {@link #countDead}. */
    long retryDead(long merchantId, String from, String until);

    /** Every merchant and how it does: normal, slow or open. */
    String merchants();

    /** What waits, by merchant and lane, and how old its oldest is: the hundred longest. Reads as much as waits. */
    String queues();

    /** The same, all of it, as one JSON object. */
    String queuesAsJson();

    /** Has a merchant's notifications wait. */
    String pauseMerchant(long merchantId);

    /** Ends {@link #pauseMerchant}. */
    String resumeMerchant(long merchantId);
}

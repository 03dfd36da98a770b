package io.orderwatch.dao.notification;

/** A notification that somebody has to look at now; its row is read when it is claimed. */
public record DueNotification(long id, long merchantId, int shard) {}

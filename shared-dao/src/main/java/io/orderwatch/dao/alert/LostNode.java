package io.orderwatch.dao.alert;

import java.time.Instant;

/** A node whose shards were taken over since it did not renew its lease. */
public record LostNode(String node, Instant leaseUntil) {}

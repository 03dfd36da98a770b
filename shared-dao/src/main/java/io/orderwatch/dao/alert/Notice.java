package io.orderwatch.dao.alert;

import java.time.Instant;

/**
 * A message to people that was claimed to be sent over one channel.
 *
 * @param attempts how often it was tried before
 * @param ageSeconds by the database's clock
 */
public record Notice(
        long id,
        long alertId,
        String channel,
        Stage stage,
        String name,
        String subject,
        Severity severity,
        String title,
        String message,
        int attempts,
        Instant createdAt,
        long ageSeconds) {}

package io.orderwatch.dao.alert;

import java.time.Instant;

/**
 * An incident that lasts.
 *
 * @param name of the rule that found it
 * @param subject what it is about; empty: the whole cluster
 * @param message figures, effect and advice
 * @param notices how often people were told of it
 */
public record Incident(
        long id,
        String name,
        String subject,
        Severity severity,
        String title,
        String message,
        Instant openedAt,
        int notices) {}

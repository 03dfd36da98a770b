package io.orderwatch.dao.alert;

/**
 * A message to people.
 *
 * @param alertId incident that it tells of; where it tells of several, one of them
 */
public record NewNotice(
        long alertId, Stage stage, String name, String subject, Severity severity, String title, String message) {}

package io.orderwatch.dao.alert;

/**
 * An incident that somebody noticed.
 *
 * @param title one line; longer texts are cut to their columns
 */
public record NewIncident(String name, String subject, Severity severity, String title, String message) {}

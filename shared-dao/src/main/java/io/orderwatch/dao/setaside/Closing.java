package io.orderwatch.dao.setaside;

/**
 * What a page of open entries came to.
 *
 * @param closed how many were closed
 * @param next where the next page begins; 0: from the start
 */
public record Closing(int closed, long next) {}

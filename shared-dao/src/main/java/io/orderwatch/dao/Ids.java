package io.orderwatch.dao;

import java.util.Collection;
import java.util.stream.Collectors;

/**
 * Numbers for an {@code IN (...)}, written into the statement as they are. That is safe because they can be nothing
 * but numbers, and it spares thousands of parameters a statement, each of which MyBatis would evaluate on its own.
 * Statements with thousands of ids that are run all the time are not prepared either ({@code StatementType.STATEMENT}):
 * the driver would look through their whole text for parameters.
 *
 * @param values at least one, since {@code IN ()} is no SQL
 */
public record Ids(Collection<? extends Number> values) {

    public Ids {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("An IN list needs at least one number");
        }
    }

    @Override
    public String toString() {
        return values.stream().map(n -> Long.toString(n.longValue())).collect(Collectors.joining(","));
    }
}

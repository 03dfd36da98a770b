package io.orderwatch.dao;

/**
 * Somebody else holds rows that the work needs, and went on holding them: try again later. It says nothing against the
 * rows themselves.
 */
public final class DatabaseContendedException extends DatabaseUnavailableException {

    DatabaseContendedException(Throwable cause) {
        super(SqlFailure.sentence(cause), SqlFailure.withoutStatement(cause));
    }
}

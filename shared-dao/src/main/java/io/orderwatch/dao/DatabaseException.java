package io.orderwatch.dao;

/** A transaction failed for a reason that waiting does not mend. */
public class DatabaseException extends RuntimeException {

    DatabaseException(Throwable cause) {
        super(SqlFailure.sentence(cause), SqlFailure.withoutStatement(cause));
    }

    DatabaseException(String message, Throwable cause) {
        super(message, SqlFailure.withoutStatement(cause));
    }
}

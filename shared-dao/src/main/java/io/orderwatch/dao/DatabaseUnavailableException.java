package io.orderwatch.dao;

/** The database cannot be reached, or went away during the work: try again later. */
public class DatabaseUnavailableException extends DatabaseException {

    DatabaseUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}

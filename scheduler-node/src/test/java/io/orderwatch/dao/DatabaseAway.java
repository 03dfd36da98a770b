package io.orderwatch.dao;

/** Makes the exception that only the DAO makes, for a simulated database. */
public final class DatabaseAway {

    private DatabaseAway() {}

    public static DatabaseUnavailableException exception() {
        return new DatabaseUnavailableException("simulated: the database is away", null);
    }
}

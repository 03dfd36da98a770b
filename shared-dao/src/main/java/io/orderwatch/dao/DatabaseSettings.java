package io.orderwatch.dao;

/**
 * Where the database is.
 *
 * @param url {@code jdbc:mysql://host:port/schema}; serves MySQL and MariaDB
 * @param user name of the account
 * @param password may be empty; never printed
 */
public record DatabaseSettings(String url, String user, String password) {

    @Override
    public String toString() {
        return user + "@" + url;
    }
}

package io.orderwatch.stack.generator;

import java.net.URI;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.function.LongFunction;

/**
 * Who there is: merchants with an endpoint each, users, their groups and strategies. Every fourth user has a group of
 * the user's number; every fifth one a strategy of the user's number that gives little time to pay.
 */
final class Population {

    /** Time to pay under a strategy. */
    static final int PAYMENT_WINDOW_SECONDS = 5;

    /** Sooner than by default, so that one sees it happen. */
    private static final String RETRY_DELAYS = "1s,2s,5s,10s,30s,60s";

    private static final int GROUP_EVERY = 4;
    private static final int STRATEGY_EVERY = 5;
    private static final int WORD_EVERY = 3;
    private static final int BATCH = 1_000;

    private final int users;
    private final int merchants;

    Population(int users, int merchants) {
        this.users = users;
        this.merchants = merchants;
    }

    static boolean hasGroup(int user) {
        return user % GROUP_EVERY == 0;
    }

    static boolean hasStrategy(int user) {
        return user % STRATEGY_EVERY == 0;
    }

    void write(Sql sql, LongFunction<URI> addresses, LongFunction<String> secrets) throws SQLException {
        batch(
                sql,
                "INSERT INTO merchants (id, name, success_word, retry_delays) VALUES (?, ?, ?, ?)",
                merchants,
                1,
                (row, id) -> {
                    row.setLong(1, id);
                    row.setString(2, "Merchant " + id);
                    row.setString(3, id % WORD_EVERY == 0 ? "success" : null);
                    row.setString(4, RETRY_DELAYS);
                });
        batch(
                sql,
                "INSERT INTO merchant_endpoints (merchant_id, url, secret) VALUES (?, ?, ?)",
                merchants,
                1,
                (row, id) -> {
                    row.setLong(1, id);
                    row.setString(2, addresses.apply(id).toString());
                    row.setString(3, secrets.apply(id));
                });
        batch(sql, "INSERT INTO users (id, name) VALUES (?, ?)", users, 1, (row, id) -> {
            row.setLong(1, id);
            row.setString(2, "User " + id);
        });
        batch(sql, "INSERT INTO order_groups (id, user_id, name) VALUES (?, ?, ?)", users, GROUP_EVERY, (row, id) -> {
            row.setLong(1, id);
            row.setLong(2, id);
            row.setString(3, "Group of user " + id);
        });
        batch(
                sql,
                "INSERT INTO strategies (id, user_id, name, payment_window_seconds) VALUES (?, ?, ?, ?)",
                users,
                STRATEGY_EVERY,
                (row, id) -> {
                    row.setLong(1, id);
                    row.setLong(2, id);
                    row.setString(3, "Pay at once");
                    row.setInt(4, PAYMENT_WINDOW_SECONDS);
                });
    }

    /** Writes a row for every {@code step}th number up to {@code highest}. */
    private static void batch(Sql sql, String insert, int highest, int step, Row row) throws SQLException {
        for (int from = step; from <= highest; from += BATCH * step) {
            int first = from;
            sql.commit(connection -> {
                try (PreparedStatement statement = connection.prepareStatement(insert)) {
                    for (int id = first; id <= highest && id < first + BATCH * step; id += step) {
                        row.fill(statement, id);
                        statement.addBatch();
                    }
                    return statement.executeBatch();
                }
            });
        }
    }

    @FunctionalInterface
    private interface Row {
        void fill(PreparedStatement statement, int id) throws SQLException;
    }
}

package io.orderwatch.stack.generator;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.List;

/** Writes new orders, many rows a statement. */
final class OrderInsert {

    private static final String SQL = "INSERT INTO orders (id, order_no, user_id, group_id, strategy_id, merchant_id,"
            + " status, amount, attributes, expires_at, paid_at, completed_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)";
    private static final int CENTS_FROM = 100;
    private static final int CENTS_RANGE = 99_900;

    private OrderInsert() {}

    static void write(Connection connection, List<NewOrder> orders) throws SQLException {
        if (orders.isEmpty()) {
            return;
        }
        try (PreparedStatement insert = connection.prepareStatement(SQL)) {
            for (NewOrder order : orders) {
                insert.setLong(1, order.id());
                insert.setString(2, "DEMO-" + order.id());
                insert.setLong(3, order.user());
                if (Population.hasGroup((int) order.user())) {
                    insert.setLong(4, order.user());
                } else {
                    insert.setNull(4, Types.BIGINT);
                }
                if (order.withStrategy()) {
                    insert.setLong(5, order.user());
                } else {
                    insert.setNull(5, Types.BIGINT);
                }
                insert.setInt(6, order.merchant());
                insert.setString(7, order.status());
                // not random: the same order costs the same in each run
                insert.setString(8, price(order.id()));
                insert.setString(9, "{\"channel\":\"app\",\"sku\":\"A-" + order.id() % 1_000 + "\"}");
                insert.setObject(10, order.expiresAt());
                insert.setObject(11, order.paidAt());
                insert.setObject(12, order.completedAt());
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    private static String price(long id) {
        long cents = CENTS_FROM + id * 7_919 % CENTS_RANGE;
        return cents / 100 + "." + cents % 100 / 10 + cents % 10;
    }
}

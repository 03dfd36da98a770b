package io.orderwatch.dao;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(StackExtension.class)
class RecordRowsIT {

    record Parcel(long id, long merchantId, @Nullable Integer shard) {}

    private TestDatabase db;

    @BeforeEach
    void create(Stack stack) {
        db = TestDatabase.create(stack);
    }

    @AfterEach
    void drop() {
        db.close();
    }

    @Test
    void a_row_whose_columns_stand_in_order_becomes_a_record() throws SQLException {
        assertEquals(new Parcel(1, 2, 3), read("SELECT 1 AS id, 2 AS merchant_id, 3 AS shard"));
        assertEquals(new Parcel(1, 2, null), read("SELECT 1 AS id, 2 AS merchant_id, NULL AS shard"));
    }

    @Test
    void columns_that_changed_places_are_refused() {
        IllegalStateException refused =
                assertThrows(IllegalStateException.class, () -> read("SELECT 2 AS merchant_id, 1 AS id, 3 AS shard"));
        assertEquals(
                "Columns [merchant_id, id, shard] do not fit the components [id, merchantId, shard] of Parcel",
                refused.getMessage());
    }

    @Test
    void null_is_not_taken_for_zero() {
        IllegalStateException refused = assertThrows(
                IllegalStateException.class, () -> read("SELECT 1 AS id, NULL AS merchant_id, 3 AS shard"));
        assertEquals("Column merchant_id is NULL where a value has to be", refused.getMessage());
    }

    private Parcel read(String sql) throws SQLException {
        try (Connection connection = db.pool().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return new RecordRows<>(Parcel.class).getResult(rows, "");
        }
    }
}

package io.orderwatch.stack.generator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(StackExtension.class)
class GeneratorIT {

    private static final Path SCHEMA = Path.of("..", "sql", "migrations", "V1__orderwatch.sql");

    private final Stack stack;
    private final OrderBook book = new OrderBook();
    private String schema;
    private Connection connection;

    GeneratorIT(Stack stack) {
        this.stack = stack;
    }

    @BeforeEach
    void load_the_schema() throws Exception {
        schema = stack.newSchema("generator_it");
        connection = DriverManager.getConnection(
                stack.jdbcUrl(schema) + "?allowMultiQueries=true", stack.user(), stack.password());
        try (Statement statement = connection.createStatement()) {
            statement.execute(Files.readString(SCHEMA).replace("${shards}", "64"));
        }
    }

    @AfterEach
    void drop_the_schema() throws SQLException {
        connection.close();
        stack.dropSchema(schema);
    }

    @Test
    void the_flow_writes_what_the_book_says_and_leaves_everybody_on() throws Exception {
        try (Generator generator = generator(300, true, 4)) {
            generator.flow(() -> false);
        }
        assertEquals(904, count("orders"));
        assertEquals(904, book.progress().written());
        long paid = count("orders WHERE paid_at IS NOT NULL");
        assertEquals(book.progress().paid(), paid);
        assertTrue(paid > 900 * 0.7 && paid < 900 * 0.9, () -> paid + " of 900 are paid");
        long cancellations = count("orders WHERE status = 'PENDING'");
        assertTrue(cancellations > 900 * 0.1 && cancellations < 900 * 0.2, () -> cancellations + " are never paid");
        long ended = count("orders WHERE status IN ('COMPLETED', 'REFUNDED', 'FAILED') AND merchant_id > 0");
        assertEquals(paid + cancellations + ended, book.tally().due());
        assertEquals(book.tally().due(), book.tally().missing());
        assertEquals(0, count("users WHERE status <> 1"));
        assertEquals(0, count("order_groups WHERE status <> 1"));
        assertEquals(200, count("users"));
        assertEquals(List.of(), book.usersOff());
        assertEquals(2, count("orders WHERE status = 'SHIPPED'"));
        assertEquals(2, count("orders o WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.id = o.user_id)"));
        assertEquals(
                0,
                count("orders o LEFT JOIN strategies s ON s.id = o.strategy_id"
                        + " WHERE o.strategy_id IS NOT NULL AND (s.user_id <> o.user_id OR o.expires_at IS NOT NULL)"));
    }

    @Test
    void a_flow_that_is_enough_lives_to_its_end_and_can_go_on() throws Exception {
        try (Generator generator = generator(100, true, 0)) {
            generator.flow(() -> book.progress().written() > 100, () -> false);
            long first = book.progress().written();
            assertTrue(first > 100 && first < 300, () -> first + " of 300 orders are written");
            assertEquals(0, count("users WHERE status <> 1"));
            assertEquals(0, count("orders WHERE status = 'PENDING' AND expires_at IS NULL AND strategy_id IS NULL"));
            generator.flow(() -> book.progress().written() > first, () -> false);
            assertTrue(book.progress().written() > first);
        }
    }

    @Test
    void a_favourite_has_its_part_of_the_orders_and_the_others_share_the_rest() throws Exception {
        GeneratorSettings settings = new GeneratorSettings(200, 5, 300, Duration.ofSeconds(3), false, 0, 1, 5, 50);
        try (Generator generator = generator(settings)) {
            generator.flow(() -> false);
        }
        long favourites = count("orders WHERE merchant_id = 1");
        assertTrue(favourites > 900 * 0.4 && favourites < 900 * 0.6, () -> favourites + " of 900");
        for (int merchant = 2; merchant <= 5; merchant++) {
            long others = count("orders WHERE merchant_id = " + merchant);
            assertTrue(others > 900 * 0.08 && others < 900 * 0.18, () -> others + " of 900");
        }
    }

    @Test
    void a_burst_is_placed_first_and_paid_at_once() throws Exception {
        int orders = 20_500;
        try (Generator generator = generator(1, false, 0)) {
            PlacedOrders placed = generator.place(orders, () -> false);
            assertEquals(orders, count("orders WHERE status = 'PENDING' AND id >= " + placed.firstId()));
            assertEquals(0, book.progress().due());
            generator.pay(placed, () -> false);
        }
        assertEquals(orders, count("orders WHERE status = 'PAID' AND paid_at IS NOT NULL AND work = 1"));
        assertEquals(orders, book.progress().paid());
        assertEquals(orders, book.tally().missing());
        assertTrue(book.tally().firstPaidAt() > 0);
    }

    private Generator generator(int rate, boolean toggles, int badRows) throws SQLException {
        return generator(new GeneratorSettings(200, 5, rate, Duration.ofSeconds(3), toggles, badRows, 1));
    }

    private Generator generator(GeneratorSettings settings) throws SQLException {
        Generator generator = Generator.connect(
                stack.jdbcUrl(schema), stack.user(), stack.password(), settings, book, InstantSource.system());
        generator.populate(id -> URI.create("http://127.0.0.1:1/m/" + id), id -> "whsec_c2VjcmV0");
        return generator;
    }

    private long count(String what) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM " + what)) {
            row.next();
            return row.getLong(1);
        }
    }
}

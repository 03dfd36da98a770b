package io.orderwatch.dao;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariDataSource;
import io.orderwatch.dao.notification.FirstClaim;
import io.orderwatch.dao.notification.NewNotification;
import io.orderwatch.dao.notification.NotificationStore;
import io.orderwatch.dao.order.OrderState;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(StackExtension.class)
class RowsIT {

    private static final List<String> TEXTS = List.of(
            "",
            "plain words: 1.5-2_3",
            "it's a \"quote\", a \\ and a \\' at the end\\",
            "'); DELETE FROM notifications; -- ",
            "#{id} ${id} {d '2026-01-01'} {fn now()} ? % _",
            "{\"order\":\"B-1\",\"amount\":\"12.30\",\"note\":\"50% of ${id} {fn now()} ? /* -- ; `\"}",
            "\u8ba2\u5355\u5df2\u652f\u4ed8 \ud83d\ude80",
            "line\r\n\tand a zero \0 and an end \u001a");

    @Test
    void any_text_is_stored_as_it_is(Stack stack) {
        try (TestDatabase db = TestDatabase.create(stack)) {
            write(db.database());
            assertStored(db);
        }
    }

    @Test
    void any_text_is_stored_as_it_is_whatever_quotes_and_backslashes_mean_to_the_server(Stack stack) {
        try (TestDatabase db = TestDatabase.create(stack)) {
            DatabaseSettings usual = db.settings();
            String url = usual.url() + (usual.url().contains("?") ? "&" : "?")
                    + "sessionVariables=sql_mode='ANSI_QUOTES,NO_BACKSLASH_ESCAPES'";
            try (HikariDataSource pool = DataSources.pool(
                    "modes", new DatabaseSettings(url, usual.user(), usual.password()), 1, Duration.ofSeconds(10))) {
                write(new Database(pool));
            }
            assertStored(db);
        }
    }

    private static void write(Database database) {
        List<NewNotification> some = new ArrayList<>();
        for (int i = 0; i < TEXTS.size(); i++) {
            some.add(notification(16L + i, TEXTS.get(i)));
        }
        database.run(tx -> new NotificationStore().create(tx, some));
    }

    private static void assertStored(TestDatabase db) {
        for (int i = 0; i < TEXTS.size(); i++) {
            assertEquals(TEXTS.get(i), db.text("SELECT body FROM notifications WHERE id = ?", 16 + i));
        }
    }

    @Test
    void a_claim_by_any_name_is_stored_with_its_lease(Stack stack) {
        try (TestDatabase db = TestDatabase.create(stack)) {
            FirstClaim claim = new FirstClaim(Set.of(16L), "o'node", Long.MAX_VALUE, Duration.ofMillis(90_500));
            db.database().run(tx -> new NotificationStore()
                    .create(tx, List.of(notification(16, "{}"), notification(17, "{}")), merchant -> false, claim));
            assertEquals(
                    "SENDING o'node " + Long.MAX_VALUE,
                    db.text("SELECT CONCAT_WS(' ', state, claimed_by, claim_token) FROM notifications WHERE id = 16"));
            assertEquals(
                    "READY o'node 0",
                    db.text("SELECT CONCAT_WS(' ', state, claimed_by, claim_token) FROM notifications WHERE id = 17"),
                    "the writer's name, in the room of who claims it");
            long left = Long.parseLong(db.text(
                    "SELECT TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(3), lease_until) DIV 1000 FROM notifications"
                            + " WHERE id = 16"));
            assertTrue(left > 60_000 && left <= 90_500, left + " ms are left");
        }
    }

    @Test
    void a_moment_is_stored_to_the_millisecond_in_utc(Stack stack) {
        try (TestDatabase db = TestDatabase.create(stack)) {
            for (String moment : List.of("2026-01-01T00:00:00Z", "2026-11-01T05:30:00.123456789Z")) {
                Rows row = rows(List.of(Instant.parse(moment)), (one, values) -> values.moment(one))
                        .get(0);
                assertEquals(
                        moment.equals("2026-01-01T00:00:00Z") ? "2026-01-01 00:00:00.000" : "2026-11-01 05:30:00.123",
                        db.text("SELECT CAST(CAST(" + row + " AS DATETIME(3)) AS CHAR)"));
            }
        }
    }

    @Test
    void no_statement_is_larger_than_a_server_takes() {
        String large = "{\"note\": \"" + "x".repeat(64 * 1024) + "\"}";
        List<Rows> statements = rows(LongStream.range(0, 100).boxed().toList(), (id, row) -> row.number(id)
                .text(large));
        assertTrue(statements.size() > 10);
        statements.forEach(one -> assertTrue(one.toString().length() < 1 << 20));
        assertEquals(
                100,
                statements.stream()
                        .mapToLong(one ->
                                one.toString().chars().filter(c -> c == '(').count())
                        .sum());
        assertEquals(List.of(), rows(List.of(), (any, row) -> {}));
    }

    private static <T> List<Rows> rows(List<T> items, BiConsumer<T, Rows.Row> write) {
        List<Rows> statements = new ArrayList<>();
        Rows.write(items, write, statements::add);
        return statements;
    }

    @Test
    void rows_of_a_statement_that_fails_are_not_quoted(Stack stack) {
        try (TestDatabase db = TestDatabase.create(stack)) {
            List<NewNotification> one = List.of(notification(16, "their order"));
            db.database().run(tx -> new NotificationStore().create(tx, one));
            DatabaseException refused = assertThrows(
                    DatabaseException.class, () -> db.database().run(tx -> new NotificationStore().create(tx, one)));
            StringWriter logged = new StringWriter();
            refused.printStackTrace(new PrintWriter(logged));
            assertTrue(logged.toString().contains("Duplicate entry '16'"), logged::toString);
            assertFalse(logged.toString().contains("their order"), logged::toString);
        }
    }

    private static NewNotification notification(long id, String body) {
        return new NewNotification(id, 1, 1, null, null, 1, 1, OrderState.PAID, body);
    }
}

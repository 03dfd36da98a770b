package io.orderwatch.dao.notification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.dao.TestDatabase;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.Appender;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** With all that there is to log, statements and rows included. */
@ExtendWith(StackExtension.class)
class SecretsInLogsIT {

    @Test
    void no_log_shows_a_secret_however_much_is_logged(Stack stack) {
        Lines lines = new Lines();
        lines.start();
        Configuration configuration = ((LoggerContext) LogManager.getContext(false)).getConfiguration();
        Level before = configuration.getRootLogger().getLevel();
        Appender console = configuration.getAppender("console");
        configuration.getRootLogger().removeAppender("console");
        configuration.getRootLogger().addAppender(lines, Level.ALL, null);
        try (TestDatabase db = TestDatabase.create(stack)) {
            db.execute("INSERT INTO merchants (id, name) VALUES (5, 'Tea shop')");
            db.execute("INSERT INTO merchant_endpoints (id, merchant_id, url, secret, previous_secret)"
                    + " VALUES (51, 5, 'https://tea.example/notify', 'sésame-1', 'sésame-2')");
            configuration.getRootLogger().setLevel(Level.ALL);
            ((LoggerContext) LogManager.getContext(false)).updateLoggers();
            Merchant merchant = db.database()
                    .inTransaction(tx -> new MerchantStore().find(tx, List.of(5L)))
                    .get(5L);
            assertEquals(
                    new Secrets("sésame-1", "sésame-2"),
                    merchant.endpoints().get(0).secrets());
            assertTrue(
                    lines.all.stream().anyMatch(line -> line.contains("https://tea.example/notify")),
                    "rows are logged");
            assertFalse(lines.all.stream().anyMatch(line -> line.contains("same-")), lines.all::toString);
            assertFalse(merchant.toString().contains("same-"), merchant::toString);
        } finally {
            configuration.getRootLogger().setLevel(before);
            configuration.getRootLogger().removeAppender(lines.getName());
            configuration.getRootLogger().addAppender(console, null, null);
            ((LoggerContext) LogManager.getContext(false)).updateLoggers();
        }
    }

    private static final class Lines extends AbstractAppender {

        private final List<String> all = new CopyOnWriteArrayList<>();

        Lines() {
            super("lines", null, null, true, Property.EMPTY_ARRAY);
        }

        @Override
        public void append(LogEvent event) {
            all.add(event.getMessage().getFormattedMessage());
        }
    }
}

package io.orderwatch.node;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import io.orderwatch.stack.merchant.Behaviour;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A million notifications that wait, and every tenth merchant hanging with nine tenths of them. */
@ExtendWith(StackExtension.class)
class BacklogIT {

    private static final int MERCHANTS = 1_000;
    private static final int HEALTHY = 20_000;

    @Test
    void a_million_waiting_fit_into_the_heap_of_a_node_and_the_others_are_told(Stack stack) throws Exception {
        try (OneNode node = OneNode.prepare(stack, "backlog_it")) {
            for (long merchant = 10; merchant <= MERCHANTS; merchant += 10) {
                node.merchants().behave(merchant, Behaviour.parse("hang"));
            }
            fill(node);
            node.tell(HEALTHY, Duration.ofMinutes(3));
            assertTrue(
                    node.number("SELECT COUNT(*) FROM notifications WHERE wake_at IS NOT NULL") > 900_000,
                    "a million waits no more: this proves nothing");
        }
    }

    private static void fill(OneNode node) throws SQLException {
        node.numbers(1_000);
        node.merchants(MERCHANTS);
        node.execute("INSERT INTO users (id) SELECT n + 1 FROM numbers");
        // nine of ten to the merchants that hang: 10, 20, ...
        for (int i = 0; i < 10; i++) {
            node.execute("INSERT INTO notifications (id, order_id, user_id, merchant_id, event, body, next_attempt_at)"
                    + " SELECT (" + i + " * 100000 + a.n * 1000 + b.n) * 16 + 1, 1, b.n + 1,"
                    + (i == 0 ? " 1 + (a.n * 1000 + b.n) % 100 * 10 + b.n % 9" : " 10 + (a.n * 1000 + b.n) % 100 * 10")
                    + ", 'PAID', CONCAT('{\"order\":\"', b.n, '\",\"status\":\"PAID\"}'), UTC_TIMESTAMP(3)"
                    + " FROM numbers a JOIN numbers b WHERE a.n < 100");
        }
    }
}

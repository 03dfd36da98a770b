package io.orderwatch.node;

import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** As many orders as a batch may have, each with the longest attributes that are passed on. */
@ExtendWith(StackExtension.class)
class WideOrdersIT {

    private static final int ORDERS = 1_000;
    private static final int MERCHANTS = 20;
    private static final int BYTES = 64 * 1024;

    @Test
    void a_batch_of_the_widest_orders_fits_into_the_heap_of_a_node(Stack stack) throws Exception {
        try (OneNode node = OneNode.prepare(stack, "wide_it")) {
            node.numbers(ORDERS);
            node.merchants(MERCHANTS);
            // all in one shard, of which a batch is taken at once
            node.execute("INSERT INTO users (id) VALUES (1)");
            node.execute("INSERT INTO orders (order_no, user_id, merchant_id, status, attributes)"
                    + " SELECT CONCAT('W-', n), 1, 1 + n % " + MERCHANTS
                    + ", 'PAID', CONCAT('{\"a\":\"', REPEAT('x', " + (BYTES - 8) + "), '\"}') FROM numbers");
            node.tell(ORDERS, Duration.ofMinutes(2));
        }
    }
}

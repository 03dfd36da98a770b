package io.orderwatch.job.setaside;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.orderwatch.dao.TestDatabase;
import io.orderwatch.dao.setaside.SetAsideKind;
import io.orderwatch.dao.setaside.SetAsideStore;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(StackExtension.class)
class SetAsideJobIT {

    private final SetAsideStore store = new SetAsideStore();

    @Test
    void entries_of_rows_that_were_set_free_are_closed_and_open_again_with_their_rows(Stack stack) {
        try (TestDatabase db = TestDatabase.create(stack)) {
            db.execute("INSERT INTO orders (id, order_no, user_id, merchant_id) VALUES (1, '1', 1, 1), (2, '2', 1, 1)");
            db.execute(
                    "INSERT INTO notifications (id, order_id, user_id, merchant_id, event, body, next_attempt_at)"
                            + " VALUES (1, 9, 1, 1, 'PAID', '{}', UTC_TIMESTAMP(3)), (2, 9, 1, 1, 'PAID', '{}', UTC_TIMESTAMP(3))");
            setAside(db, SetAsideKind.ORDER, 1);
            setAside(db, SetAsideKind.ORDER, 2);
            setAside(db, SetAsideKind.NOTIFICATION, 1);
            setAside(db, SetAsideKind.NOTIFICATION, 2);
            setAside(db, SetAsideKind.NOTIFICATION, 3); // is gone
            SetAsideJob job = new SetAsideJob(db.database());
            assertEquals(1, job.run(() -> false));
            assertEquals("NOTIFICATION1,NOTIFICATION2,ORDER1,ORDER2", open(db));

            db.execute("UPDATE orders SET held = 0 WHERE id = 1");
            db.execute("UPDATE notifications SET held = 0 WHERE id = 2");
            assertEquals(2, job.run(() -> false));
            assertEquals("NOTIFICATION1,ORDER2", open(db));
            assertEquals(2, (long) db.database().inTransaction(store::count));
            assertEquals(0, job.run(() -> false), "nothing was mended since");

            setAside(db, SetAsideKind.ORDER, 1);
            assertEquals(0, job.run(() -> false));
            assertEquals("NOTIFICATION1,ORDER1,ORDER2", open(db));
        }
    }

    @Test
    void with_very_many_open_a_run_looks_at_some_and_the_next_ones_at_the_others(Stack stack) {
        try (TestDatabase db = TestDatabase.create(stack)) {
            db.execute("INSERT INTO set_aside (kind, subject_id, reason, node) WITH RECURSIVE n AS (SELECT 1 AS i"
                    + " UNION ALL SELECT i + 1 FROM n WHERE i < 800) SELECT 'ORDER', a.i * 800 + b.i, 'bad', 'node-1'"
                    + " FROM n a JOIN n b ON a.i <= 10");
            db.execute("INSERT INTO orders (id, order_no, user_id, merchant_id, held)"
                    + " SELECT subject_id, subject_id, 1, 1, 2 FROM set_aside");
            db.execute("UPDATE orders SET held = 0 ORDER BY id DESC LIMIT 10");
            SetAsideJob job = new SetAsideJob(db.database());
            assertEquals(0, job.run(() -> false));
            assertEquals(10, job.run(() -> false));
            assertEquals(7_990, db.number("SELECT COUNT(*) FROM set_aside WHERE closed_at IS NULL"));
        }
    }

    private void setAside(TestDatabase db, SetAsideKind kind, long id) {
        db.database().run(tx -> store.setAside(tx, kind, id, "bad", "node-1"));
    }

    private static String open(TestDatabase db) {
        return db.text("SELECT GROUP_CONCAT(kind, subject_id ORDER BY kind, subject_id) FROM set_aside"
                + " WHERE closed_at IS NULL");
    }
}

package io.orderwatch.job.setaside;

import io.orderwatch.dao.Database;
import io.orderwatch.dao.setaside.Closing;
import io.orderwatch.dao.setaside.SetAsideStore;
import io.orderwatch.job.SingletonJob;
import java.util.function.BooleanSupplier;

/**
 * Closes the entries of rows that somebody mended and set free, so that what is open in {@code set_aside} is what still
 * waits for somebody. An operator's plain {@code UPDATE} sets a row free, so nobody else can tell. However many entries
 * are open, a run looks at a bounded number of them, and the next one goes on from there.
 */
public final class SetAsideJob implements SingletonJob {

    public static final String NAME = "set-aside";

    private static final int PAGE = 500;
    private static final int PAGES = 10;

    private final Database database;
    private final SetAsideStore store = new SetAsideStore();
    private long next;

    public SetAsideJob(Database database) {
        this.database = database;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int run(BooleanSupplier stopped) {
        int closed = 0;
        for (int page = 0; page < PAGES && !stopped.getAsBoolean(); page++) {
            long after = next;
            Closing closing = database.inTransaction(tx -> store.close(tx, after, PAGE));
            closed += closing.closed();
            next = closing.next();
            if (next == 0) {
                break;
            }
        }
        return closed;
    }
}

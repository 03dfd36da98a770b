package io.orderwatch.node.shard;

import io.orderwatch.job.Ticker;

/** What this process knows of its node's lease by its own monotonic clock. Safe for use by many threads. */
final class LocalLease {

    /** Of a node that has not joined. */
    static final long NO_INCARNATION = 0;

    private record State(long incarnation, long deadline) {}

    private final Ticker ticker;
    private volatile State state;

    LocalLease(Ticker ticker) {
        this.ticker = ticker;
        this.state = new State(NO_INCARNATION, ticker.nanos());
    }

    /** The incarnation under which the node joined last and was not fenced since, its lease running or not. */
    long incarnation() {
        return state.incarnation;
    }

    /** Whether that incarnation may start work now. */
    boolean runs(long incarnation) {
        State now = state;
        return incarnation != NO_INCARNATION && now.incarnation == incarnation && ticker.nanos() - now.deadline < 0;
    }

    boolean runs() {
        return runs(state.incarnation);
    }

    void runUntil(long incarnation, long deadline) {
        state = new State(incarnation, deadline);
    }

    /** The database refused a renewal: nothing of that incarnation may start any more. */
    void lose() {
        state = new State(NO_INCARNATION, ticker.nanos());
    }
}

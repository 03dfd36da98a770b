package io.orderwatch.stack.merchant;

import java.util.concurrent.atomic.LongAdder;

/** The figures of one merchant, or of all. */
final class Counters {

    final LongAdder requests = new LongAdder();
    final LongAdder accepted = new LongAdder();
    final LongAdder duplicated = new LongAdder();
    final LongAdder rejected = new LongAdder();

    MerchantStats stats() {
        return new MerchantStats(requests.sum(), accepted.sum(), duplicated.sum(), rejected.sum());
    }
}

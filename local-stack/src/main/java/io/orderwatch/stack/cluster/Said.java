package io.orderwatch.stack.cluster;

import java.util.List;

/**
 * What a node says of itself.
 *
 * @param phase {@code starting}, {@code waiting}, {@code ready}, {@code draining}, {@code drained} or {@code stopped}; empty
 *     before it said anything
 * @param reasons sentences on why it is not ready, or on what is amiss although it is
 */
public record Said(String phase, List<String> reasons) {

    /** It is up, cannot work, says why, and tries again. */
    public boolean waiting() {
        return phase.equals("waiting") && !reasons.isEmpty();
    }

    public boolean ready() {
        return phase.equals("ready");
    }
}

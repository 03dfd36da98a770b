package io.orderwatch.stack.merchant;

/**
 * What a merchant, or all of them together, counted since the start.
 *
 * @param requests notifications that arrived, properly signed
 * @param accepted of them those answered well for the first time
 * @param duplicated of them those that came again after they had been answered well
 * @param rejected requests without a valid signature, a usable id, or a known path; not among the above
 */
public record MerchantStats(long requests, long accepted, long duplicated, long rejected) {

    /** As a JSON object. */
    String json() {
        return "{\"requests\":" + requests + ",\"accepted\":" + accepted + ",\"duplicated\":" + duplicated
                + ",\"rejected\":" + rejected + "}";
    }
}

package io.orderwatch.dao.notification;

/**
 * Where a merchant is called.
 *
 * @param url as an operator wrote it, which need not be one
 * @param secret that requests are signed with; never printed
 * @param maxInFlight requests at a time, per node
 */
public record Endpoint(long id, long merchantId, String url, String secret, int maxInFlight) {

    @Override
    public String toString() {
        return "endpoint " + id + " of merchant " + merchantId;
    }
}

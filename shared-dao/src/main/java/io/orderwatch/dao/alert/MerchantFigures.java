package io.orderwatch.dao.alert;

/** How one merchant answered. */
public record MerchantFigures(long merchantId, String name, long tries, long accepted, long unanswered, long millis) {

    public Figures figures() {
        return new Figures(tries, accepted, unanswered, millis);
    }
}

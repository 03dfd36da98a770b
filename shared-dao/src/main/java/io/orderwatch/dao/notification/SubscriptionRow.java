package io.orderwatch.dao.notification;

import io.orderwatch.dao.ColumnsInOrder;

@ColumnsInOrder
record SubscriptionRow(long id, int status, String events) {

    Subscription subscription() {
        return new Subscription(status == 1, MerchantRow.events(events));
    }
}

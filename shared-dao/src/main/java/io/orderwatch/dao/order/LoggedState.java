package io.orderwatch.dao.order;

record LoggedState(long orderId, OrderState state) {}

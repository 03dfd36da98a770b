package io.orderwatch.dao.order;

/** The attributes of an order, as somebody wrote them. */
record Attributes(long id, String attributes) {}

/** The outbox, its claims and attempts, and the merchants it is for. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.dao.notification;

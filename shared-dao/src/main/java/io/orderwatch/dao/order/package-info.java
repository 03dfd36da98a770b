/** The orders that are watched, and the log of their steps. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.dao.order;

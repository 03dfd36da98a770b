/** Locks and whatever else is kept in Redis: nothing that could not be rebuilt. The only room of Redisson. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.node.lock;

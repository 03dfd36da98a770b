/** Orderwatch beside a peer, and beside the limits of the machine it runs on. All figures of a table are of one run. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.bench;

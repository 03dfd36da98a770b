/**
 * Real servers for the demo and the tests: MariaDB, Redis and ZooKeeper, embedded, in containers, or already running.
 *
 * <p>Nothing here is part of a node's distribution.
 */
@NullMarked
package io.orderwatch.stack;

import org.jspecify.annotations.NullMarked;

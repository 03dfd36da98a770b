/** A wire between each node and each server that can be cut, held, slowed. */
@NullMarked
package io.orderwatch.faults.net;

import org.jspecify.annotations.NullMarked;

/** A cluster of real nodes on this machine, for the demo and the tests. */
@NullMarked
package io.orderwatch.stack.cluster;

import org.jspecify.annotations.NullMarked;

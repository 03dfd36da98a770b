/**
 * Real processes, real faults, and a checker. A {@link io.orderwatch.faults.Fault} harms the {@link
 * io.orderwatch.faults.World} and proves that it did; a {@link io.orderwatch.faults.Run} lets orders flow, harms, heals,
 * and compares what is with what must be.
 */
@NullMarked
package io.orderwatch.faults;

import org.jspecify.annotations.NullMarked;

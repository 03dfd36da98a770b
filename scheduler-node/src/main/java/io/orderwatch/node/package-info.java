/** The process: where it begins, and the one place that joins all parts. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.node;

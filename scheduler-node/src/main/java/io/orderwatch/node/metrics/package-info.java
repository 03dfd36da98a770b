/** The node's figures: where they are kept and who can read them. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.node.metrics;

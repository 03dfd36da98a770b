/** The ways to merchants, as the configuration has them. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.node.channel;

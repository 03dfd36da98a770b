/** The command line: what operators and scripts call, and what they hear back. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.node.cli;

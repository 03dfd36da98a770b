/** Where log lines go: the node's own log, a file for each user, and what removes old files. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.node.log;

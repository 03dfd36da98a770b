/** The breakers of merchants' endpoints: shared by the cluster in Redis, and this node's own while Redis is away. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.node.breaker;

/**
 * Decides when: one clustered Quartz scheduler on the database, on which a node runs the jobs of its own name and those
 * of the whole cluster. The only package that knows Quartz.
 */
@org.jspecify.annotations.NullMarked
package io.orderwatch.node.quartz;

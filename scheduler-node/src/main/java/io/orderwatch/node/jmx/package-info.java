/** What operators reach with any JMX client: the connector server, and the MBean of the jobs. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.node.jmx;

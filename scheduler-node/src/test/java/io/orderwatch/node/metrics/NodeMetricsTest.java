package io.orderwatch.node.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

class NodeMetricsTest {

    @Test
    void figures_show_in_jmx_until_the_node_stops() throws Exception {
        MBeanServer server = MBeanServerFactory.newMBeanServer();
        try (NodeMetrics metrics = new NodeMetrics(server)) {
            metrics.registry().counter("order.cancelled").inc(3);
            ObjectName name = new ObjectName(NodeMetrics.DOMAIN + ":name=order.cancelled,type=counters");
            assertEquals(3L, server.getAttribute(name, "Count"));
            assertTrue((Long) server.getAttribute(
                            new ObjectName(NodeMetrics.DOMAIN + ":name=jvm.memory.heap.used,type=gauges"), "Value")
                    > 0);
        }
        assertTrue(server.queryNames(new ObjectName(NodeMetrics.DOMAIN + ":*"), null)
                .isEmpty());
    }
}
